import type { Interval } from '@vision-cache/cache-keys';
import {
  type Bars,
  type Grid,
  aggregate,
  allocateBars,
  concatBars,
  copyBar,
  filterBars,
  gridOf,
  sliceBars,
} from './bars.ts';
import { centred, exponential, seedOf, uniform, walk } from './noise.ts';
import { secondsOf } from './second-bars.ts';
import type { SeriesProfile } from './series-profile.ts';

// Taken once: within a test runner's own realm, each look-up of a global is slow.
const { floor, max, min, round, abs } = Math;

const MINUTE = 60_000_000;
export const DAY = 86_400_000_000;
const MINUTES_PER_DAY = 1440;

/** A half-open span in epoch microseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What happened to the market, other than trading: the same in the archive and in REST. */
export interface MarketEvents {
  /** From the listing to the delisting. */
  readonly life: Span;
  readonly outages: readonly Span[];
  readonly offGrid: readonly (Span & { readonly interval: Interval | undefined; readonly offset: number })[];
  /** Open times of bars that close when they open. */
  readonly zeroLength: readonly { readonly at: number; readonly interval: Interval | undefined }[];
}

/** The bars of one symbol: any interval, any span, each the sum of its minutes. */
export interface MarketSeries {
  readonly profile: SeriesProfile;
  readonly events: MarketEvents;
  /** Bars that open within [start, end); with `asOf`, as they are at that moment, the last one unfinished. */
  bars(interval: Interval, start: number, end: number, asOf?: number): Bars;
  /** The price at a moment, in ticks. */
  priceAt(time: number): number;
}

export interface MarketSeriesOptions {
  readonly seed: number | string;
  readonly marketType: string;
  readonly dataNature: string;
  readonly symbol: string;
  readonly profile: SeriesProfile;
  readonly events: MarketEvents;
}

export function createMarketSeries(options: MarketSeriesOptions): MarketSeries {
  const { seed, profile, events } = options;
  const pathSeed = seedOf(seed, profile.path);
  const ownSeed = seedOf(seed, options.marketType, options.dataNature, options.symbol);
  const pricesOfDay = remembered(16, (day: number) => boundaryPrices(pathSeed, ownSeed, profile, day));
  const minutesOfDay = remembered(64, (day: number) =>
    presentMinutes(makeMinutes(pricesOfDay(day), ownSeed, profile, day), events),
  );
  const secondsOfDay = remembered(2, (day: number) => secondsOf(minutesOfDay(day), ownSeed, events.outages));
  // Bars of a day are kept by the hundred, so that years of 1d, 1w or 1mo are made once.
  const dayBars = remembered(8192, (day: number) => aggregate(minutesOfDay(day), gridOf('1d')));

  function ofDay(interval: Interval, grid: Grid, day: number, asOf: number): Bars {
    const start = day * DAY;
    if (start >= min(asOf, events.life.end) || start + DAY <= events.life.start) return allocateBars(0);
    const isWhole = start + DAY <= asOf;
    if (interval === '1s') {
      const seconds = secondsOfDay(day);
      return isWhole ? seconds : filterBars(seconds, (row) => seconds.openTime[row]! < asOf);
    }
    if (isWhole && grid.next(grid.floor(start)) - grid.floor(start) >= DAY) return dayBars(day);
    const minutes = isWhole ? minutesOfDay(day) : untilNow(minutesOfDay(day), asOf);
    return interval === '1m' ? minutes : aggregate(minutes, grid);
  }

  return {
    profile,
    events,
    bars(interval, from, to, asOf = Infinity) {
      const grid = gridOf(interval);
      const start = max(from, grid.floor(events.life.start));
      const end = min(to, events.life.end, asOf);
      if (start >= end) return allocateBars(0);
      const lastBarEnd = min(grid.next(grid.floor(end - 1)), events.life.end);
      const days: Bars[] = [];
      for (let day = floor(start / DAY); day * DAY < lastBarEnd; day++) days.push(ofDay(interval, grid, day, asOf));
      const joined = days.length === 1 ? days[0]! : concatBars(days);
      const isLong = grid.next(grid.floor(start)) - grid.floor(start) > DAY;
      const bars = isLong ? aggregate(joined, grid) : joined;
      const inSpan = filterBars(bars, (row) => bars.openTime[row]! >= start && bars.openTime[row]! < end);
      return withIrregularTimes(inSpan, interval, grid, events);
    },
    priceAt: (time) => {
      const day = floor(time / DAY);
      return pricesOfDay(day)[floor((time - day * DAY) / MINUTE)]!;
    },
  };
}

/** Standard deviation of about 3 % a day. */
const STEP = 0.0019;
const DAY_STEP = 0.02;

/** Prices at the 1,441 minute marks of a day, in ticks: a walk bridged between the levels of this day and the next. */
function boundaryPrices(pathSeed: number, ownSeed: number, profile: SeriesProfile, day: number): Float64Array {
  const scale = 10 ** profile.priceDecimals;
  const from = DAY_STEP * walk(pathSeed, day);
  const to = DAY_STEP * walk(pathSeed, day + 1);
  const first = day * MINUTES_PER_DAY;
  const walked = new Float64Array(MINUTES_PER_DAY + 1);
  for (let minute = 1; minute <= MINUTES_PER_DAY; minute++) {
    walked[minute] = walked[minute - 1]! + STEP * centred(pathSeed, first + minute);
  }
  const drift = (to - from - walked[MINUTES_PER_DAY]!) / MINUTES_PER_DAY;
  const prices = new Float64Array(MINUTES_PER_DAY + 1);
  for (let minute = 0; minute <= MINUTES_PER_DAY; minute++) {
    const level = from + walked[minute]! + minute * drift;
    const own = centred(ownSeed, first + minute);
    prices[minute] =
      profile.kind === 'premium'
        ? round(scale * 0.0005 * (level + own)) + 0 // + 0: no negative zero
        : max(1, round(scale * profile.price * exponential(level) * (1 + 0.0001 * own)));
  }
  return prices;
}

function makeMinutes(prices: Float64Array, ownSeed: number, profile: SeriesProfile, day: number): Bars {
  const bars = allocateBars(MINUTES_PER_DAY);
  const wickSeed = ownSeed ^ 0x1f3d5b79;
  const volumeSeed = ownSeed ^ 0x2468ace1;
  const usual = profile.volumePerMinute * 10 ** profile.lotDecimals * (0.4 + 1.2 * uniform(volumeSeed, -day));
  for (let minute = 0; minute < MINUTES_PER_DAY; minute++) {
    const index = day * MINUTES_PER_DAY + minute;
    const open = prices[minute]!;
    const close = prices[minute + 1]!;
    const wick = 0.0006 * (abs(open) + 1);
    const above = uniform(wickSeed, index);
    const below = uniform(wickSeed ^ 0x77777777, index);
    bars.openTime[minute] = index * MINUTE;
    bars.closeTime[minute] = (index + 1) * MINUTE - 1;
    bars.open[minute] = open;
    bars.close[minute] = close;
    bars.high[minute] = max(open, close) + floor(wick * above * above);
    bars.low[minute] = max(profile.kind === 'premium' ? -Infinity : 1, min(open, close) - floor(wick * below * below));
    if (profile.kind !== 'traded') {
      bars.count[minute] = 60; // the index is sampled each second
      continue;
    }
    const busy = uniform(volumeSeed, index);
    const lots = 10 + floor(usual * (0.2 + 2.4 * busy * busy));
    const takerLots = floor(lots * (0.25 + 0.5 * uniform(volumeSeed ^ 0x55555555, index)));
    const mean = (open + close) / 2 / 10 ** profile.priceDecimals;
    const perLot = profile.contractSize === undefined ? mean / 10 ** profile.lotDecimals : profile.contractSize / mean;
    bars.volume[minute] = lots;
    bars.takerVolume[minute] = takerLots;
    bars.count[minute] = 5 + floor(400 * busy * (0.5 + above));
    setQuote(bars, minute, profile.quoteDecimals, lots * perLot, takerLots * perLot);
  }
  return bars;
}

function setQuote(bars: Bars, row: number, decimals: number, quote: number, takerQuote: number): void {
  const scale = 10 ** decimals;
  bars.quoteUnits[row] = floor(quote);
  bars.quoteRest[row] = floor((quote - floor(quote)) * scale);
  bars.takerQuoteUnits[row] = floor(takerQuote);
  bars.takerQuoteRest[row] = floor((takerQuote - floor(takerQuote)) * scale);
}

/** Without the minutes before the listing, after the delisting, and those that lie wholly within an outage. */
function presentMinutes(minutes: Bars, { life, outages }: MarketEvents): Bars {
  const first = minutes.openTime[0]!;
  const near = outages.filter((outage) => outage.start < first + DAY && outage.end > first);
  if (near.length === 0 && life.start <= first && life.end >= first + DAY) return minutes;
  return filterBars(minutes, (row) => {
    const open = minutes.openTime[row]!;
    if (open + MINUTE <= life.start || open >= life.end) return false;
    return !near.some((outage) => outage.start <= open && outage.end >= open + MINUTE);
  });
}

/** The minutes that have begun; the last one with the part of its volume that has been traded by then. */
function untilNow(minutes: Bars, asOf: number): Bars {
  const begun = filterBars(minutes, (row) => minutes.openTime[row]! < asOf);
  const last = begun.length - 1;
  if (last < 0 || begun.openTime[last]! + MINUTE <= asOf) return begun;
  const partial = allocateBars(1);
  copyBar(begun, last, partial, 0);
  const part = (asOf - begun.openTime[last]!) / MINUTE;
  for (const field of [
    'volume',
    'takerVolume',
    'count',
    'quoteUnits',
    'quoteRest',
    'takerQuoteUnits',
    'takerQuoteRest',
  ] as const) {
    partial[field][0] = floor(begun[field][last]! * part);
  }
  return concatBars([sliceBars(begun, 0, last), partial]);
}

/** Early closes before outages, bars off their grid, bars without length: on a copy, for the bars may be remembered. */
function withIrregularTimes(bars: Bars, interval: Interval, grid: Grid, events: MarketEvents): Bars {
  if (bars.length === 0) return bars;
  const first = bars.openTime[0]!;
  const end = grid.next(bars.openTime[bars.length - 1]!);
  const outages = events.outages.filter((outage) => outage.start < end && outage.end > first);
  const shifts = events.offGrid.filter(
    (shift) => (shift.interval ?? interval) === interval && shift.start < end && shift.end > first,
  );
  const points = events.zeroLength.filter(
    (bar) => (bar.interval ?? interval) === interval && bar.at >= first && bar.at < end,
  );
  if (outages.length + shifts.length + points.length === 0) return bars;

  const changed = concatBars([bars]);
  for (let row = 0; row < bars.length; row++) {
    const open = bars.openTime[row]!;
    const barEnd = grid.next(open);
    const halt = outages.find((outage) => outage.start > open && outage.start < barEnd && outage.end >= barEnd);
    if (halt) changed.closeTime[row] = halt.start;
    const shift = shifts.find((span) => open >= span.start && open < span.end);
    if (shift) changed.openTime[row] = open + min(shift.offset, barEnd - open - 1000);
    if (points.some((bar) => bar.at === open)) changed.closeTime[row] = changed.openTime[row]!;
  }
  return changed;
}

/** Remembers the latest results: bounded, so that years can be walked through. */
function remembered<Result>(limit: number, make: (key: number) => Result): (key: number) => Result {
  const kept = new Map<number, Result>();
  return (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const result = make(key);
    if (kept.size >= limit) kept.delete(kept.keys().next().value!);
    kept.set(key, result);
    return result;
  };
}
