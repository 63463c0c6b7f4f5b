import {
  type CacheKey,
  type Checked,
  type CheckedRange,
  type DatasetNamed,
  KEY_DEFAULTS,
  type UncheckedCacheKey,
  type UncheckedKeyRange,
} from './cache-key.ts';
import { type UtcDate, isUtcMonth } from '../time/calendar.ts';
import { type Dataset, PACKAGING_FREQUENCIES, type PackagingFrequency } from '../datasets/dataset.ts';
import { type BinanceDataset, DATASETS } from '../datasets/datasets.ts';
import { CacheKeyError, isCacheKeyError, quote } from '../contract/errors.ts';
import { type Interval, INTERVALS } from '../time/interval.ts';
import { refuseDataset, refuseFrequency, refuseInterval } from './refusals.ts';
import { SOURCE_NAMES } from '../contract/source-names.ts';
import { type MarketSymbol, marketSymbol } from '../contract/symbol.ts';
import { epochMicroseconds, type TimeInput } from '../time/time-input.ts';
import { assertUsable } from '../datasets/usable-dataset.ts';
import { daysBetween, daysOf, monthsBetween, spanOf, timeSpan, utcDay, utcMonth } from '../time/utc-date.ts';

/** A set of datasets, and the names that they give. */
export interface Catalog<D extends Dataset = Dataset> {
  readonly datasets: readonly D[];
  /** Intervals of at most a day whose rows are kept by the month, finest first; empty by default. */
  readonly monthly: readonly Interval[];
  /**
   * The one door from outside input to a key. Literals are checked by the compiler as well; what may be one of
   * several, or any text, at run time.
   * @throws {CacheKeyError} with a code for each part that can be wrong.
   */
  cacheKey<const Input extends UncheckedCacheKey>(
    this: void,
    input: Input & Checked<Input, D>,
  ): CacheKey<DatasetNamed<Input, D>>;
  /**
   * The dataset of a key, or of an id, `exchange/market_type/data_nature`.
   * @throws {CacheKeyError} if the catalog has no such dataset.
   */
  datasetOf<K extends Dataset>(this: void, key: CacheKey<K>): K;
  datasetOf<const Id extends string>(this: void, id: Id): string extends Id ? D : Extract<D, { readonly id: Id }>;
  /**
   * Whether an interval of a dataset is kept by day or by month: by day if the archive has it by day and `monthly` does
   * not name it.
   */
  homeFrequency(this: void, dataset: Dataset, interval: Interval | undefined): PackagingFrequency;
  /**
   * The keys under which the rows of a key's file are kept: itself, the days of a month's archive, or the month of a
   * day's archive.
   */
  homeKeys<K extends Dataset>(this: void, key: CacheKey<K>): CacheKey<K>[];
  /**
   * How much a source is trusted: if two sources have a row, the cache keeps that of the higher rank, or the later one
   * at equal rank. A source without a rank of its own has 2.
   */
  sourceRank(this: void, source: string): number;
  /** The keys that cover a half-open range, in order; kept by day or month as their home is, unless one is named. */
  keysBetween<const Input extends UncheckedKeyRange>(
    this: void,
    range: Input & CheckedRange<Input, D>,
  ): CacheKey<DatasetNamed<Input, D>>[];
}

export interface CatalogOptions {
  /**
   * Intervals of at most a day that a cache keeps by the month, in one file for each, where their dataset is published
   * by the month: few files where bars are few. Longer intervals always are.
   * @default []
   */
  readonly monthly?: readonly Interval[];
  /**
   * How much the sources are trusted, by their names, above 0; see {@link Catalog.sourceRank}.
   * @default { vision: 3, migrated: 1 }
   */
  readonly sourceRanks?: Readonly<Record<string, number>>;
}

/** Binance's archive before its REST interface and others, and before what was taken over from an old cache. */
const SOURCE_RANKS: Readonly<Record<string, number>> = { [SOURCE_NAMES.archive]: 3, migrated: 1 };
const RANK_OF_OTHERS = 2;

/**
 * Names for a set of datasets: those of Binance, those of another exchange, or both.
 * @example
 * const catalog = createCatalog([...BINANCE.datasets, krakenKlines]);
 * catalog.cacheKey({ exchange: 'kraken', symbol: 'XBTEUR', interval: '1m', date: '2024-01-01' });
 * @example
 * const byMonth = createCatalog(BINANCE.datasets, { monthly: ['1d'] }); // a year of daily bars is 12 files
 * @throws {CacheKeyError} `E_KEY_DATASET` if a dataset cannot be named, or two have one name; `E_KEY_INTERVAL` if
 * an interval of `monthly` is none that any dataset has both by the day and by the month.
 */
export function createCatalog<const D extends Dataset>(
  datasets: readonly D[],
  options: CatalogOptions = {},
): Catalog<D> {
  const byName = new Map<string, Map<string, Map<string, D>>>();
  const foldedIds = new Set<string>();
  for (const dataset of datasets) {
    assertUsable(dataset);
    const folded = dataset.id.toLowerCase();
    if (foldedIds.has(folded)) {
      throw new CacheKeyError('E_KEY_DATASET', `Two datasets are named ${quote(dataset.id)}.`, {
        received: dataset.id,
      });
    }
    foldedIds.add(folded);
    const ofExchange = byName.get(dataset.exchange) ?? new Map<string, Map<string, D>>();
    const ofMarket = ofExchange.get(dataset.marketType) ?? new Map<string, D>();
    byName.set(dataset.exchange, ofExchange.set(dataset.marketType, ofMarket.set(dataset.dataNature, dataset)));
  }

  for (const name of Object.keys(options)) {
    if (name === 'monthly' || name === 'sourceRanks') continue;
    const message = `createCatalog: ${quote(name)} is not an option; "monthly" and "sourceRanks" are.`;
    throw new CacheKeyError('E_KEY_DATASET', message, { received: name });
  }
  const monthly = monthlyIntervals(datasets, options.monthly ?? []);
  const ranks = new Map(Object.entries(options.sourceRanks ?? SOURCE_RANKS));

  function dataset(exchange: string, marketType: string, dataNature: string): D {
    return (
      byName.get(exchange)?.get(marketType)?.get(dataNature) ??
      refuseDataset(datasets, exchange, marketType, dataNature)
    );
  }

  function datasetNamed({ exchange, marketType, dataNature }: Omit<UncheckedCacheKey, 'symbol' | 'date'>): D {
    return dataset(
      exchange === undefined ? KEY_DEFAULTS.exchange : exchange,
      marketType === undefined ? KEY_DEFAULTS.marketType : marketType,
      dataNature === undefined ? KEY_DEFAULTS.dataNature : dataNature,
    );
  }

  function datasetOf(of: CacheKey | string): D {
    if (typeof of !== 'string') return dataset(of.exchange, of.marketType, of.dataNature);
    const [exchange, marketType, ...dataNature] = of.split('/');
    return (
      datasets.find((each) => each.id === of) ?? refuseDataset(datasets, exchange, marketType, dataNature.join('/'))
    );
  }

  function homeFrequency(of: Dataset, interval: Interval | undefined): PackagingFrequency {
    const { daily, monthly: byMonth } = of.published;
    if (!daily.includes(interval)) return 'monthly';
    return interval !== undefined && monthly.includes(interval) && byMonth.includes(interval) ? 'monthly' : 'daily';
  }

  return {
    datasets,
    monthly,
    cacheKey(given: UncheckedCacheKey) {
      const input = partsOf(given);
      const of = datasetNamed(input);
      const symbol = marketSymbol(input.symbol);
      const frequency =
        input.packagingFrequency === undefined
          ? KEY_DEFAULTS.packagingFrequency
          : packagingFrequency(input.packagingFrequency);
      const interval = publishedInterval(of, frequency, input.interval);
      return brandKey(of, frequency, symbol, interval, keyDate(frequency, input.date)) as never;
    },
    datasetOf: datasetOf,
    homeFrequency,
    sourceRank: (source) => ranks.get(source) ?? RANK_OF_OTHERS,
    homeKeys<K extends Dataset>(key: CacheKey<K>): CacheKey<K>[] {
      const of = datasetOf(key);
      const home = homeFrequency(of, key.interval);
      if (home === key.packagingFrequency) return [key];
      if (home === 'monthly') return [brandKey<K>(of, home, key.symbol, key.interval, utcMonth(key.date))];
      return daysOf(spanOf(key.date)).map((day) => brandKey<K>(of, 'daily', key.symbol, key.interval, day));
    },
    keysBetween(given: UncheckedKeyRange) {
      const range = partsOf(given);
      const of = datasetNamed(range);
      const symbol = marketSymbol(range.symbol);
      const asked = range.packagingFrequency === undefined ? undefined : packagingFrequency(range.packagingFrequency);
      const interval = publishedInterval(of, asked, range.interval);
      const frequency = asked ?? homeFrequency(of, interval);
      const { start, end } = timeSpan(range.start, range.end);
      const dates = frequency === 'daily' ? daysBetween(start, end) : monthsBetween(start, end);
      return dates.map((date) => brandKey(of, frequency, symbol, interval, date)) as never;
    },
  };
}

/** The intervals in the order of the grid, each once. */
function monthlyIntervals(datasets: readonly Dataset[], given: readonly Interval[]): readonly Interval[] {
  const allowed = INTERVALS.filter((interval) =>
    datasets.some(({ published }) => PACKAGING_FREQUENCIES.every((each) => published[each].includes(interval))),
  );
  const isList: boolean = Array.isArray(given);
  const wrong: unknown = isList ? given.find((interval) => !allowed.includes(interval)) : given;
  if (wrong !== undefined) {
    const message = `monthly: ${quote(wrong)} is not an interval that can be kept by the month: ${allowed.join(', ')}.`;
    throw new CacheKeyError('E_KEY_INTERVAL', message, { received: wrong, allowed });
  }
  return allowed.filter((interval) => given.includes(interval));
}

/** Input from outside, of which nothing is known: what is no object has no parts, and the first one is asked for. */
const partsOf = <T>(input: T): T => Object(input) as T;

/** Makes a key of parts that are known to be right. Not exported from the package. */
function brandKey<D extends Dataset>(
  { exchange, marketType, dataNature }: Pick<Dataset, 'exchange' | 'marketType' | 'dataNature'>,
  packagingFrequency: PackagingFrequency,
  symbol: MarketSymbol,
  interval: Interval | undefined,
  date: UtcDate,
): CacheKey<D> {
  return Object.freeze({ exchange, marketType, dataNature, packagingFrequency, symbol, interval, date }) as CacheKey<D>;
}

function packagingFrequency(value: string): PackagingFrequency {
  return value === 'daily' || value === 'monthly' ? value : refuseFrequency(value);
}

/** The interval of the input, if the dataset is published with it at that frequency (undefined: at any). */
function publishedInterval(of: Dataset, frequency: PackagingFrequency | undefined, input: string | undefined) {
  const interval = (input === '1M' ? '1mo' : input) as Interval | undefined; // REST's spelling of a month
  const isPublished =
    frequency === undefined
      ? PACKAGING_FREQUENCIES.some((each) => of.published[each].includes(interval))
      : of.published[frequency].includes(interval);
  return isPublished ? interval : refuseInterval(of, frequency, interval);
}

function keyDate(frequency: PackagingFrequency, input: TimeInput): UtcDate {
  try {
    // Also a number that is of another unit.
    if (typeof input === 'bigint' || typeof input === 'number') epochMicroseconds(input);
    if (frequency === 'monthly') return utcMonth(input);
    if (typeof input !== 'string' || !isUtcMonth(input)) return utcDay(input);
  } catch (cause) {
    const why = isCacheKeyError(cause) ? cause.message : String(cause);
    throw new CacheKeyError('E_KEY_DATE', `The date is wrong: ${why}`, { received: input }, { cause });
  }
  throw new CacheKeyError('E_KEY_DATE', `${quote(input)} is a month; a daily key needs a day, YYYY-MM-DD.`, {
    received: input,
  });
}

/** Everything that Binance publishes. */
export const BINANCE: Catalog<BinanceDataset> = createCatalog(Object.values(DATASETS));

/** See {@link Catalog.cacheKey}: a key of Binance's archive, with the defaults of `KEY_DEFAULTS`. */
export const cacheKey: Catalog<BinanceDataset>['cacheKey'] = BINANCE.cacheKey;
/** See {@link Catalog.keysBetween}. */
export const keysBetween: Catalog<BinanceDataset>['keysBetween'] = BINANCE.keysBetween;
/** See {@link Catalog.homeKeys}. */
export const homeKeys: Catalog<BinanceDataset>['homeKeys'] = BINANCE.homeKeys;
