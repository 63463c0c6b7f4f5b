import {
  barCount,
  type CacheKey,
  type Catalog,
  ceilOpenTime,
  type Dataset,
  floorOpenTime,
  type Interval,
  INTERVALS,
  intervalMicroseconds,
  nextOpenTime,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { FetchCost, RangeSource } from '../contract/ports.ts';
import { timesOf } from '../rows/batch-rows.ts';
import { intersection, subtract, union } from '../spans/spans.ts';

/** Liquid symbols that trade whenever their market does: what is missing in all three is missing everywhere. */
export const MARKET_HALT_SYMBOLS: Readonly<Record<string, readonly [string, string, string]>> = {
  spot: ['BTCUSDT', 'ETHUSDT', 'BNBUSDT'],
  um: ['BTCUSDT', 'ETHUSDT', 'BNBUSDT'],
  cm: ['BTCUSD_PERP', 'ETHUSD_PERP', 'BNBUSD_PERP'],
};

/** One page of REST serves all holes of a window; a longer hole is looked at in longer bars. */
const MAX_BARS = 400;
/** Bars on each side of the holes, so that those before and after them are on the page. */
const MARGIN_BARS = 50;
const MONTH = 31n * 86_400_000_000n;

/** Holes that one page of a witness covers. */
export interface HaltWindow {
  readonly interval: Interval;
  /** In whole bars of the series in which they are. */
  readonly holes: readonly TimeSpan[];
}

const barOf = (interval: Interval): bigint => intervalMicroseconds(interval) ?? MONTH;

/**
 * The holes in windows of one page each, a long hole in parts, as long as there are no more of them than `most`; else a
 * long hole in longer bars. A hole that is cut at the end of a month is looked at as whole bars. Pure.
 */
export function haltWindows(holes: readonly TimeSpan[], interval: Interval, most: number): HaltWindow[] {
  const whole = union(holes.map((hole) => wholeBars(interval, hole)));
  const parts = windowsOf(
    whole.flatMap((hole) => inPages(interval, hole)),
    interval,
  );
  return parts.length <= most ? parts : windowsOf(whole, interval);
}

const wholeBars = (interval: Interval, { start, end }: TimeSpan): TimeSpan => ({
  start: floorOpenTime(interval, start),
  end: ceilOpenTime(interval, end),
});

/** A span in parts that fit a page each. */
function inPages(interval: Interval, { start, end }: TimeSpan): TimeSpan[] {
  const step = BigInt(MAX_BARS - 2 * MARGIN_BARS) * barOf(interval);
  const parts: TimeSpan[] = [];
  for (let at = floorOpenTime(interval, start); at < end;) {
    const next = floorOpenTime(interval, at + step);
    const to = next < end ? next : end;
    parts.push({ start: at > start ? at : start, end: to });
    at = to;
  }
  return parts;
}

function windowsOf(holes: readonly TimeSpan[], interval: Interval): HaltWindow[] {
  const windows: { interval: Interval; holes: TimeSpan[] }[] = [];
  for (const hole of holes) {
    const last = windows.at(-1);
    const [first] = last?.holes ?? [];
    if (last?.interval === interval && first !== undefined && fits(interval, { start: first.start, end: hole.end })) {
      last.holes.push(hole);
      continue;
    }
    const longer = INTERVALS.slice(INTERVALS.indexOf(interval)).find((each) => fits(each, hole));
    if (longer !== undefined) windows.push({ interval: longer, holes: [hole] });
  }
  return windows;
}

const fits = (interval: Interval, { start, end }: TimeSpan): boolean =>
  barCount(interval, start, end) <= MAX_BARS - 2 * MARGIN_BARS;

export interface MarketHaltOptions {
  /** The instant of the request, epoch microseconds UTC. */
  readonly now: bigint;
  readonly signal?: AbortSignal | undefined;
  readonly onCost?: (cost: FetchCost) => void;
}

/** A part of a window's holes in which no witness has a bar. */
export interface FoundHalt {
  readonly span: TimeSpan;
  readonly evidence: string;
  /** Whether they have bars after it. Otherwise the market may stand still to this moment. */
  readonly isOver: boolean;
}

/**
 * The parts of a window's holes in which the market stood still: three named liquid symbols have bars before and after
 * them and none within. Where all of a page is empty, the bars around are looked for in longer ones, and where the bar
 * after it has not closed, in shorter ones.
 * @throws what the source throws.
 */
export async function marketHalt(
  source: RangeSource,
  key: CacheKey,
  window: HaltWindow,
  catalog: Catalog,
  options: MarketHaltOptions,
): Promise<readonly FoundHalt[]> {
  const symbols = MARKET_HALT_SYMBOLS[key.marketType];
  if (symbols === undefined || key.exchange !== 'binance') return [];
  const { interval } = window;
  let holes = window.holes;
  const going: TimeSpan[] = [];
  for (const symbol of symbols) {
    // What is asked about cannot be its own witness, but it need not be asked again.
    if (symbol === key.symbol || holes.length === 0) continue;
    const witness: Witness = { source, key, symbol, catalog, options };
    const times = await barsAround(witness, interval, holes);
    if (times === undefined) return [];
    holes = holes.flatMap((hole) => withoutBars(interval, times, hole));
    const lonely = holes.filter((hole) => !isAfter(times, hole) || !isBefore(times, hole));
    if (lonely.length === 0) continue;
    const longer = longerThan(interval);
    const further = (longer === undefined ? undefined : await barsAround(witness, longer, lonely)) ?? [];
    const known = [...times, ...further];
    // Nothing follows from a witness that was not there before.
    holes = holes.filter((hole) => isBefore(known, hole));
    const last = lonely.filter((hole) => holes.includes(hole) && !isAfter(known, hole));
    if (last.length === 0) continue;
    const newest = await barsAfter(witness, interval, last[0]!.end);
    going.push(...last.filter((hole) => !isAfter(newest, hole)));
  }
  const bars = `${source.name} has no ${interval} bar of ${symbols.join(', ')} there either`;
  return holes.map((span) => {
    const isOver = !going.some((hole) => intersection(hole, span) !== undefined);
    return { span, isOver, evidence: isOver ? bars : `${bars}, and none after it` };
  });
}

/** Ten times as long, so that a page reaches ten times as far. */
function longerThan(interval: Interval): Interval | undefined {
  return INTERVALS.find((each) => barOf(each) >= 10n * barOf(interval));
}

/** What is left of a hole without the bars of a witness: whole bars, also where those are longer than the series'. */
function withoutBars(interval: Interval, times: BigInt64Array, hole: TimeSpan): readonly TimeSpan[] {
  const from = ceilOpenTime(interval, hole.start);
  const within = times.filter((time) => time >= from && time < hole.end);
  if (within.length === 0) return [hole];
  const bars = Array.from(within, (time) => ({ start: time, end: nextOpenTime(interval, time) }));
  return subtract([hole], bars).filter(
    ({ start, end }) => ceilOpenTime(interval, start) < floorOpenTime(interval, end),
  );
}

type Times = BigInt64Array | readonly bigint[];

const isBefore = (times: Times, { start }: TimeSpan): boolean => times.some((time: bigint) => time < start);
const isAfter = (times: Times, { end }: TimeSpan): boolean => times.some((time: bigint) => time >= end);

/** A liquid symbol, and where it is asked for. */
interface Witness {
  readonly source: RangeSource;
  /** Of the series in which the holes are. */
  readonly key: CacheKey;
  readonly symbol: string;
  readonly catalog: Catalog;
  readonly options: MarketHaltOptions;
}

async function barsAround(
  witness: Witness,
  interval: Interval,
  holes: readonly TimeSpan[],
): Promise<BigInt64Array | undefined> {
  const bar = barOf(interval);
  const inside = { start: floorOpenTime(interval, holes[0]!.start), end: ceilOpenTime(interval, holes.at(-1)!.end) };
  const room = Math.max(2, Math.floor((MAX_BARS - barCount(interval, inside.start, inside.end)) / 2));
  const margin = BigInt(interval === '1mo' ? Math.min(room, 24) : room) * bar;
  return barsOf(witness, interval, { start: inside.start - margin, end: inside.end + margin });
}

/** Bars from an instant on that have closed by now, of which the next one of the series need not have. */
async function barsAfter(witness: Witness, interval: Interval, start: bigint): Promise<BigInt64Array> {
  const shorter = [...INTERVALS].reverse().find((each) => each !== '1s' && barOf(each) * 24n <= barOf(interval));
  if (shorter === undefined) return new BigInt64Array();
  const newest = floorOpenTime(shorter, witness.options.now);
  const page = start + BigInt(MAX_BARS) * barOf(shorter);
  const end = newest < page ? newest : page;
  return (start < end ? await barsOf(witness, shorter, { start, end }) : undefined) ?? new BigInt64Array();
}

async function barsOf(
  { source, key, symbol, catalog, options: { signal, onCost } }: Witness,
  interval: Interval,
  span: TimeSpan,
): Promise<BigInt64Array | undefined> {
  const [witness] = catalog.keysBetween({
    exchange: key.exchange,
    marketType: key.marketType,
    dataNature: key.dataNature,
    symbol: key.dataNature === 'indexPriceKlines' && key.marketType === 'cm' ? symbol.replace('_PERP', '') : symbol,
    interval,
    start: span.start,
    end: span.start + 1n,
  });
  if (witness === undefined || !source.covers(witness)) return undefined;
  const answer = await source.fetch(witness, span, signal === undefined ? {} : { signal });
  onCost?.(answer.cost ?? { requests: 1, bytes: 0 });
  if (answer.status !== 'ok') return undefined;
  const dataset: Dataset = catalog.datasetOf<Dataset>(key);
  return timesOf(dataset, answer.batch);
}
