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
import { subtract, union } from '../spans/spans.ts';

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
  readonly signal?: AbortSignal | undefined;
  readonly onCost?: (cost: FetchCost) => void;
}

/**
 * The parts of a window's holes in which the market stood still: three named liquid symbols have bars before and after
 * them and none within. Where all of a page is empty, the bars around are looked for in longer ones.
 * @throws what the source throws.
 */
export async function marketHalt(
  source: RangeSource,
  key: CacheKey,
  window: HaltWindow,
  catalog: Catalog,
  options: MarketHaltOptions,
): Promise<readonly { readonly span: TimeSpan; readonly evidence: string }[]> {
  const symbols = MARKET_HALT_SYMBOLS[key.marketType];
  if (symbols === undefined || key.exchange !== 'binance') return [];
  const { interval } = window;
  let holes = window.holes;
  for (const symbol of symbols) {
    // What is asked about cannot be its own witness, but it need not be asked again.
    if (symbol === key.symbol) continue;
    const times = await barsAround(source, key, symbol, interval, holes, catalog, options);
    if (times === undefined) return [];
    holes = holes.flatMap((hole) => withoutBars(interval, times, hole));
    if (holes.length === 0) return [];
    const lonely = holes.filter((hole) => !isSurrounded(times, hole));
    if (lonely.length === 0) continue;
    const longer = longerThan(interval);
    const further = longer === undefined ? [] : await barsAround(source, key, symbol, longer, lonely, catalog, options);
    const isShown = (hole: TimeSpan): boolean => further !== undefined && isSurrounded(further, hole);
    holes = holes.filter((hole) => !lonely.includes(hole) || isShown(hole));
    if (holes.length === 0) return [];
  }
  const evidence = `${source.name} has no ${interval} bar of ${symbols.join(', ')} there either`;
  return holes.map((span) => ({ span, evidence }));
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

function isSurrounded(times: BigInt64Array | readonly bigint[], { start, end }: TimeSpan): boolean {
  return times.some((time: bigint) => time < start) && times.some((time: bigint) => time >= end);
}

async function barsAround(
  source: RangeSource,
  key: CacheKey,
  symbol: string,
  interval: Interval,
  holes: readonly TimeSpan[],
  catalog: Catalog,
  { signal, onCost }: MarketHaltOptions,
): Promise<BigInt64Array | undefined> {
  const bar = barOf(interval);
  const inside = { start: floorOpenTime(interval, holes[0]!.start), end: ceilOpenTime(interval, holes.at(-1)!.end) };
  const room = Math.max(2, Math.floor((MAX_BARS - barCount(interval, inside.start, inside.end)) / 2));
  const margin = BigInt(interval === '1mo' ? Math.min(room, 24) : room) * bar;
  const around = { start: inside.start - margin, end: inside.end + margin };
  const [witness] = catalog.keysBetween({
    exchange: key.exchange,
    marketType: key.marketType,
    dataNature: key.dataNature,
    symbol: key.dataNature === 'indexPriceKlines' && key.marketType === 'cm' ? symbol.replace('_PERP', '') : symbol,
    interval,
    start: around.start,
    end: around.start + 1n,
  });
  if (witness === undefined || !source.covers(witness)) return undefined;
  const answer = await source.fetch(witness, around, signal === undefined ? {} : { signal });
  onCost?.(answer.cost ?? { requests: 1, bytes: 0 });
  if (answer.status !== 'ok') return undefined;
  const dataset: Dataset = catalog.datasetOf<Dataset>(key);
  return timesOf(dataset, answer.batch);
}
