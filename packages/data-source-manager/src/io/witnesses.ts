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
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { timesOf } from '../rows/batch-rows.ts';
import type { RangeSource } from '../contract/ports.ts';

/** Liquid symbols that trade whenever their market does: what is missing in all three is missing everywhere. */
export const WITNESSES: Readonly<Record<string, readonly [string, string, string]>> = {
  spot: ['BTCUSDT', 'ETHUSDT', 'BNBUSDT'],
  um: ['BTCUSDT', 'ETHUSDT', 'BNBUSDT'],
  cm: ['BTCUSD_PERP', 'ETHUSD_PERP', 'BNBUSD_PERP'],
};

/** One page of REST: a longer hole is looked at in longer bars. */
const MAX_BARS = 400;

/** The finest interval, from the wanted one up, at which whole bars fit into the hole and a page holds them. */
function witnessInterval(hole: TimeSpan, interval: Interval): Interval | undefined {
  return INTERVALS.slice(INTERVALS.indexOf(interval)).find((each) => {
    const inside = wholeBars(hole, each);
    return inside !== undefined && barCount(each, inside.start, inside.end) <= MAX_BARS;
  });
}

function wholeBars(hole: TimeSpan, interval: Interval): TimeSpan | undefined {
  const inside = { start: ceilOpenTime(interval, hole.start), end: floorOpenTime(interval, hole.end) };
  return inside.start < inside.end ? inside : undefined;
}

/**
 * Whether the market stood still: three named liquid symbols have bars before and after the hole and none within.
 * @returns the evidence, or undefined where it is not shown.
 * @throws what the source throws.
 */
export async function exchangeStoodStill(
  source: RangeSource,
  key: CacheKey,
  hole: TimeSpan,
  catalog: Catalog,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const symbols = WITNESSES[key.marketType];
  if (symbols === undefined || key.exchange !== 'binance' || key.interval === undefined) return undefined;
  const interval = witnessInterval(hole, key.interval);
  const inside = interval === undefined ? undefined : wholeBars(hole, interval);
  const bar = interval === undefined ? undefined : intervalMicroseconds(interval);
  if (interval === undefined || inside === undefined || bar === undefined) return undefined;
  // The rest of the page: a request that ends within an outage asks about a part of it, and the bars around it are further off.
  const margin = BigInt(2 + Math.floor((MAX_BARS - barCount(interval, inside.start, inside.end)) / 2)) * bar;
  const around = { start: inside.start - margin, end: inside.end + margin };
  const dataset: Dataset = catalog.datasetOf<Dataset>(key);
  for (const symbol of symbols) {
    // What is asked about cannot be its own witness, but it need not be asked again.
    if (symbol === key.symbol) continue;
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
    if (answer.status !== 'ok') return undefined;
    const times = timesOf(dataset, answer.batch);
    const within = times.some((time) => time >= inside.start && time < inside.end);
    const before = times.some((time) => time < inside.start);
    const after = times.some((time) => time >= inside.end);
    if (within || !before || !after) return undefined;
  }
  return `${source.name} has no ${interval} bar of ${symbols.join(', ')} there either`;
}
