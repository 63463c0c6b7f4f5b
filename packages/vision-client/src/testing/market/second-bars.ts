import { type Bars, allocateBars, filterBars } from './bars.ts';
import { centred, uniform } from './noise.ts';

// Taken once: within a test runner's own realm, each look-up of a global is slow.
const { floor, max, min, round } = Math;

const SECOND = 1_000_000;
const SECONDS = 60;
const SUMMED = ['volume', 'takerVolume', 'quoteUnits', 'quoteRest', 'takerQuoteUnits', 'takerQuoteRest'] as const;

/**
 * The seconds of minutes: their sums are the minute's, their extremes too, and some have no trade, as in the archive.
 * Within a minute that an outage cuts, only the seconds before or after it trade, and those within it are absent.
 */
export function secondsOf(
  minutes: Bars,
  seed: number,
  outages: readonly { readonly start: number; readonly end: number }[],
): Bars {
  const seconds = allocateBars(minutes.length * SECONDS);
  const traded = new Float64Array(SECONDS + 1);
  for (let minute = 0; minute < minutes.length; minute++) {
    const start = minutes.openTime[minute]!;
    const near = outages.filter((outage) => outage.start < start + SECONDS * SECOND && outage.end > start);
    const isHalted = (second: number) => near.some((outage) => liesWithin(start + second * SECOND, outage));
    shareTrades(minutes.count[minute]!, seed, start / SECOND, isHalted, traded);
    fillMinute(minutes, minute, seed, traded, seconds);
  }
  if (outages.length === 0) return seconds;
  return filterBars(seconds, (row) => {
    const open = seconds.openTime[row]!;
    return !outages.some((outage) => liesWithin(open, outage));
  });
}

function liesWithin(second: number, outage: { readonly start: number; readonly end: number }): boolean {
  return outage.start <= second && outage.end >= second + SECOND;
}

/** The number of the minute's trades up to the beginning of each second. */
function shareTrades(
  count: number,
  seed: number,
  firstSecond: number,
  isHalted: (second: number) => boolean,
  into: Float64Array,
): void {
  into[0] = 0;
  for (let second = 0; second < SECONDS; second++) {
    const share = uniform(seed, firstSecond + second);
    into[second + 1] = into[second]! + (isHalted(second) ? 0 : share * share + 0.001);
  }
  const whole = into[SECONDS]!;
  // A share of exactly 1 in every second after the last trade: divide the whole by itself.
  for (let second = 1; second <= SECONDS; second++) into[second] = floor(count * (into[second]! / whole));
}

function fillMinute(minutes: Bars, minute: number, seed: number, traded: Float64Array, seconds: Bars): void {
  const start = minutes.openTime[minute]!;
  const open = minutes.open[minute]!;
  const close = minutes.close[minute]!;
  const high = minutes.high[minute]!;
  const low = minutes.low[minute]!;
  const count = minutes.count[minute]!;
  const first = minute * SECONDS;
  let price = open;
  let highest = -1;
  let lowest = -1;
  for (let second = 0; second < SECONDS; second++) {
    const row = first + second;
    const before = traded[second]!;
    const after = traded[second + 1]!;
    const done = after / count;
    seconds.openTime[row] = start + second * SECOND;
    seconds.closeTime[row] = start + (second + 1) * SECOND - 1;
    seconds.open[row] = price;
    if (after > before) {
      const wanted =
        open + (close - open) * done + (high - low) * 0.3 * centred(seed ^ 0x33333333, start / SECOND + second);
      price = after === count ? close : round(min(high, max(low, wanted))) + 0;
      if (highest < 0 || uniform(seed, row) > 0.7) highest = row;
      if (lowest < 0 || uniform(seed, row + 1) > 0.7) lowest = row;
    }
    seconds.close[row] = price;
    seconds.high[row] = max(seconds.open[row], price);
    seconds.low[row] = min(seconds.open[row], price);
    seconds.count[row] = after - before;
    for (const field of SUMMED) {
      const whole = minutes[field][minute]!;
      seconds[field][row] = share(whole, after, count) - share(whole, before, count);
    }
  }
  seconds.high[highest] = high;
  seconds.low[lowest] = low;
}

function share(whole: number, part: number, of: number): number {
  return part === of ? whole : floor(whole * (part / of));
}
