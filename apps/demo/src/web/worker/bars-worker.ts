/// <reference lib="webworker" />
import { utcDay, utcMonth } from '@vision-cache/cache-keys';
import type { Series } from '../../contract/api.ts';
import { aggregate } from '../../bars/aggregate.ts';
import { countBars } from '../../bars/count-bars.ts';
import { gridOf } from '../../bars/level-of-detail.ts';
import { askBytes, query, sentenceOf } from '../page/ask.ts';
import { decodeBars, splitColumns } from './decode-bars.ts';
import { HeldEntries } from './held-entries.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

declare const self: DedicatedWorkerGlobalScope;

/** What a browser opens to one host over HTTP/1.1, less one for everything else that the page asks. */
const AT_ONCE = 5;
/** Loaded entries are told together, so that the chart is not drawn again for each. */
const TOLD_EVERY_MILLISECONDS = 40;

const LONGEST_BAR = 31 * 86_400_000;

const held = new HeldEntries();
let wanted: string[] = [];
let wantedSeries: Series | undefined;
const underway = new Set<string>();
/** Dates that were forgotten while they were underway: what comes of them may be older than what is there by now. */
const outdated = new Set<string>();
let arrived: string[] = [];
let arrivedBytes = 0;
let since = 0;
let telling: ReturnType<typeof setTimeout> | undefined;

const say = (message: FromWorker, transfer: Transferable[] = []): void => self.postMessage(message, transfer);

self.onmessage = ({ data }: MessageEvent<ToWorker>): void => {
  held.turnTo(data.series);
  switch (data.kind) {
    case 'load':
      wantedSeries = data.series;
      wanted = data.dates.filter((date) => !held.has(date));
      for (let free = AT_ONCE - underway.size; free > 0; free--) void loadNext();
      return;
    case 'forget':
      for (const date of data.dates) {
        held.drop(date);
        if (underway.has(date)) outdated.add(date);
      }
      arrived = arrived.filter((date) => !data.dates.includes(date));
      say({ kind: 'forgotten', series: data.series, dates: data.dates });
      return;
    case 'window': {
      const { grid, end } = gridOf(data.interval, data.from, data.to);
      const window = aggregate(held.between(...datesAround(grid[0] ?? data.from, end)), grid, end);
      const { time, open, high, low, close, volume, rows } = window;
      say(
        { kind: 'window', id: data.id, interval: data.interval, window, end },
        [time, open, high, low, close, volume, rows].map(({ buffer }) => buffer),
      );
      return;
    }
    case 'count': {
      const { id, series, interval, from, to } = data;
      // A bar that opens in view may have rows up to a month behind it.
      const entries = held.between(...datesAround(from, interval === series.interval ? to : to + LONGEST_BAR));
      say({ kind: 'count', id, count: countBars(entries, interval, { from, to }, interval === series.interval) });
    }
  }
};

/** The first and the last date of entries that a span can touch, by the day or by the month. */
const datesAround = (from: number, to: number): readonly [string, string] => [
  utcMonth(Math.floor(from)),
  utcDay(Math.ceil(to)),
];

async function loadNext(): Promise<void> {
  const series = wantedSeries;
  const date = wanted.find((each) => !underway.has(each));
  if (series === undefined || date === undefined) return;
  wanted = wanted.filter((each) => each !== date);
  underway.add(date);
  try {
    const { marketType, symbol, interval } = series;
    const { bytes, type } = await askBytes(`/api/entry${query({ marketType, symbol, interval, date })}`);
    const bars = type.includes('arrow') ? decodeBars(new Uint8Array(bytes)) : splitColumns(bytes);
    if (held.isOf(series) && !outdated.has(date)) {
      const dropped = held.put(date, bars);
      if (dropped.length > 0) say({ kind: 'dropped', series, dates: dropped });
      tell(series, date, bytes.byteLength);
    }
  } catch (error) {
    say({ kind: 'failed', series, date, sentence: sentenceOf(error) });
  } finally {
    underway.delete(date);
    outdated.delete(date);
    void loadNext();
  }
}

function tell(series: Series, date: string, bytes: number): void {
  if (arrived.length === 0) since = performance.now();
  arrived.push(date);
  arrivedBytes += bytes;
  telling ??= setTimeout(() => {
    telling = undefined;
    say({ kind: 'loaded', series, dates: arrived, bytes: arrivedBytes, milliseconds: performance.now() - since });
    arrived = [];
    arrivedBytes = 0;
  }, TOLD_EVERY_MILLISECONDS);
}
