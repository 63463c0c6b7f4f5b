import {
  type CacheKey,
  type Checked,
  type DatasetNamed,
  KEY_DEFAULTS,
  type UncheckedCacheKey,
} from './cache-key.ts';
import { type Dataset, PACKAGING_FREQUENCIES, type PackagingFrequency, type PublishedIntervals } from './dataset.ts';
import { type BinanceDataset, DATASETS } from './datasets.ts';
import { CacheKeyError, quote } from './errors.ts';
import { INTERVALS, type Interval } from './interval.ts';
import { marketSymbol } from './symbol.ts';
import {
  type TimeInput,
  type UtcDay,
  type UtcMonth,
  daysBetween,
  isUtcMonth,
  monthsBetween,
  spanOf,
  utcDay,
  utcMonth,
} from './utc-date.ts';

/** What `keysBetween` takes: a range of one symbol's data. */
export interface KeyRange extends Omit<UncheckedCacheKey, 'date'> {
  /** First instant, inclusive. */
  readonly start: TimeInput;
  /** Last instant, exclusive. */
  readonly end: TimeInput;
}

/** A set of datasets, and the names that they give. */
export interface Catalog<D extends Dataset = Dataset> {
  readonly datasets: readonly D[];
  /**
   * The one door from outside input to a key.
   * @throws {CacheKeyError} with a code for each part that can be wrong.
   */
  cacheKey<const Input extends UncheckedCacheKey>(
    input: Input & Checked<Input, D>,
  ): CacheKey<DatasetNamed<Input, D>>;
  /** The dataset of a key or of an id, `exchange/market_type/data_nature`. */
  datasetOf<K extends Dataset>(key: CacheKey<K> | K['id']): K;
  /** Where an interval of a dataset is kept: by day where the archive has it by day, otherwise by month. */
  homeFrequency(dataset: Dataset, interval: Interval | undefined): PackagingFrequency;
  /** The keys under which the rows of a key's file are kept: itself, or the days of a month's archive. */
  homeKeys<K extends Dataset>(key: CacheKey<K>): CacheKey<K>[];
  /** The keys that cover a half-open range, in order; kept by day or month as their home is, unless one is named. */
  keysBetween(range: KeyRange): CacheKey<D>[];
}

/**
 * Names for a set of datasets: those of Binance, those of another exchange, or both.
 * @example
 * const catalog = createCatalog([...BINANCE.datasets, krakenKlines]);
 * catalog.cacheKey({ exchange: 'kraken', symbol: 'XBTEUR', interval: '1m', date: '2024-01-01' });
 * @throws {CacheKeyError} `E_KEY_DATASET` where a dataset cannot be named, or two have one name.
 */
export function createCatalog<const D extends Dataset>(datasets: readonly D[]): Catalog<D> {
  const byId = new Map<string, D>();
  const foldedIds = new Set<string>();
  for (const dataset of datasets) {
    assertUsable(dataset);
    const folded = dataset.id.toLowerCase();
    if (foldedIds.has(folded)) {
      throw new CacheKeyError('E_KEY_DATASET', `Two datasets are named ${quote(dataset.id)}.`, { received: dataset.id });
    }
    foldedIds.add(folded);
    byId.set(dataset.id, dataset);
  }

  function dataset(exchange: string, marketType: string, dataNature: string): D {
    return byId.get(`${exchange}/${marketType}/${dataNature}`) ?? refuseDataset(datasets, exchange, marketType, dataNature);
  }

  function make(of: D, frequency: PackagingFrequency, symbol: CacheKey['symbol'], interval: Interval | undefined, date: string) {
    return brandKey<D>(of, frequency, symbol, interval, date);
  }

  function resolve(input: Omit<UncheckedCacheKey, 'date'>) {
    const {
      exchange = KEY_DEFAULTS.exchange,
      marketType = KEY_DEFAULTS.marketType,
      dataNature = KEY_DEFAULTS.dataNature,
    } = input;
    const of = dataset(exchange, marketType, dataNature);
    return { of, symbol: marketSymbol(input.symbol) };
  }

  const catalog: Catalog<D> = {
    datasets,
    cacheKey(input: UncheckedCacheKey) {
      const { of, symbol } = resolve(input);
      const frequency = packagingFrequency(input.packagingFrequency ?? KEY_DEFAULTS.packagingFrequency);
      const interval = publishedInterval(of, frequency, input.interval);
      return make(of, frequency, symbol, interval, keyDate(frequency, input.date)) as never;
    },
    datasetOf<K extends Dataset>(key: CacheKey<K> | K['id']): K {
      const [exchange, marketType, dataNature] =
        typeof key === 'string' ? key.split('/') : [key.exchange, key.marketType, key.dataNature];
      return dataset(exchange ?? '', marketType ?? '', dataNature ?? '') as Dataset as K;
    },
    homeFrequency: (of, interval) => (of.published.daily.includes(interval) ? 'daily' : 'monthly'),
    homeKeys<K extends Dataset>(key: CacheKey<K>): CacheKey<K>[] {
      const of = catalog.datasetOf(key);
      if (catalog.homeFrequency(of, key.interval) === key.packagingFrequency) return [key];
      const { start, end } = spanOf(key.date);
      return daysBetween(start, end).map((day) => brandKey<K>(of, 'daily', key.symbol, key.interval, day));
    },
    keysBetween(range) {
      const { of, symbol } = resolve(range);
      const asked = range.packagingFrequency;
      const interval = publishedInterval(of, asked === undefined ? undefined : packagingFrequency(asked), range.interval);
      const frequency = asked === undefined ? catalog.homeFrequency(of, interval) : packagingFrequency(asked);
      const dates = frequency === 'daily' ? daysBetween(range.start, range.end) : monthsBetween(range.start, range.end);
      return dates.map((date) => make(of, frequency, symbol, interval, date));
    },
  };
  return catalog;
}

/** Makes a key of parts that are known to be right. Not exported from the package. */
export function brandKey<D extends Dataset>(
  of: Pick<Dataset, 'exchange' | 'marketType' | 'dataNature'>,
  packagingFrequency: PackagingFrequency,
  symbol: CacheKey['symbol'],
  interval: Interval | undefined,
  date: UtcDay | UtcMonth,
): CacheKey<D> {
  const { exchange, marketType, dataNature } = of;
  return Object.freeze({ exchange, marketType, dataNature, packagingFrequency, symbol, interval, date }) as CacheKey<D>;
}

function packagingFrequency(value: string): PackagingFrequency {
  if (value === 'daily' || value === 'monthly') return value;
  throw new CacheKeyError(
    'E_KEY_PACKAGING_FREQUENCY',
    `${quote(value)} is not a packaging frequency: daily or monthly.`,
    { received: value, allowed: PACKAGING_FREQUENCIES },
  );
}

function shownIntervals(intervals: PublishedIntervals): string[] {
  return intervals.filter((interval) => interval !== undefined);
}

/** The interval of the input, if the dataset is published with it at that frequency (undefined: at any). */
function publishedInterval(of: Dataset, frequency: PackagingFrequency | undefined, input: string | undefined) {
  const interval = (input === '1M' ? '1mo' : input) as Interval | undefined; // REST's spelling of a month
  const wanted = frequency === undefined ? PACKAGING_FREQUENCIES : ([frequency] as const);
  if (wanted.some((each) => of.published[each].includes(interval))) return interval;

  const other = PACKAGING_FREQUENCIES.filter((each) => of.published[each].includes(interval));
  const what = `${of.marketType} ${of.dataNature}${interval === undefined ? '' : ` of ${quote(interval)}`}`;
  if (other.length > 0) {
    throw new CacheKeyError(
      'E_KEY_PACKAGING_FREQUENCY',
      `${what} is not kept ${String(frequency)}: use packagingFrequency ${other.join(' or ')}.`,
      { received: frequency, allowed: other },
    );
  }
  const allowed = shownIntervals([...new Set(PACKAGING_FREQUENCIES.flatMap((each) => of.published[each]))]);
  const reason =
    allowed.length === 0
      ? `${of.marketType} ${of.dataNature} has no interval`
      : `${interval === undefined ? 'an interval is needed' : `${quote(interval)} is not an interval`} of ` +
        `${of.marketType} ${of.dataNature}: ${allowed.join(', ')}`;
  throw new CacheKeyError('E_KEY_INTERVAL', `${reason[0]!.toUpperCase()}${reason.slice(1)}.`, {
    received: input,
    allowed,
  });
}

function keyDate(frequency: PackagingFrequency, input: TimeInput): UtcDay | UtcMonth {
  try {
    if (frequency === 'monthly') return utcMonth(input);
    if (typeof input !== 'string' || !isUtcMonth(input)) return utcDay(input);
  } catch (cause) {
    const why = cause instanceof CacheKeyError ? cause.message : String(cause);
    throw new CacheKeyError('E_KEY_DATE', `The date is wrong. ${why}`, { received: input });
  }
  throw new CacheKeyError('E_KEY_DATE', `${quote(input)} is a month; a daily key needs a day, YYYY-MM-DD.`, {
    received: input,
  });
}

/** Words that other software uses for Binance's markets, and ours. */
const MARKET_HINTS: ReadonlyMap<string, string> = new Map([
  ['futures', 'um (USD-margined) or cm (coin-margined)'],
  ['usdt', 'um'],
  ['coin', 'cm'],
  ['futures_um', 'um'],
  ['futures_cm', 'cm'],
  ['futures_usdt', 'um'],
  ['futures_coin', 'cm'],
  ['futures/um', 'um'],
  ['futures/cm', 'cm'],
]);

function refuseDataset(datasets: readonly Dataset[], exchange: string, marketType: string, dataNature: string): never {
  const names = (matching: readonly Dataset[], part: 'exchange' | 'marketType' | 'dataNature') => [
    ...new Set(matching.map((each) => each[part])),
  ];
  const ofExchange = datasets.filter((each) => each.exchange === exchange);
  if (ofExchange.length === 0) {
    const allowed = names(datasets, 'exchange');
    throw new CacheKeyError('E_KEY_EXCHANGE', `${quote(exchange)} is not a known exchange: ${allowed.join(', ')}.`, {
      received: exchange,
      allowed,
    });
  }
  const ofMarket = ofExchange.filter((each) => each.marketType === marketType);
  if (ofMarket.length === 0) {
    const allowed = names(ofExchange, 'marketType');
    const hint = typeof marketType === 'string' ? MARKET_HINTS.get(marketType.toLowerCase()) : undefined;
    throw new CacheKeyError(
      'E_KEY_MARKET_TYPE',
      `${quote(marketType)} is not a market type of ${exchange}: ${hint === undefined ? allowed.join(', ') : `use ${hint}`}.`,
      { received: marketType, allowed },
    );
  }
  const allowed = names(ofMarket, 'dataNature');
  throw new CacheKeyError(
    'E_KEY_DATA_NATURE',
    `${exchange} ${marketType} publishes no ${quote(dataNature)}: ${allowed.join(', ')}.`,
    { received: dataNature, allowed },
  );
}

const SEGMENT = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;
const DEVICE = /^(?:con|prn|aux|nul)$/i;

function assertUsable(dataset: Dataset): void {
  const refuse = (why: string): never => {
    throw new CacheKeyError('E_KEY_DATASET', `The dataset ${quote(dataset.id)} cannot be used: ${why}.`, {
      received: String(dataset.id),
    });
  };
  for (const part of ['exchange', 'marketType', 'dataNature'] as const) {
    if (!SEGMENT.test(dataset[part]) || DEVICE.test(dataset[part])) {
      refuse(`its ${part} ${quote(dataset[part])} must be letters, digits and "_", beginning with a letter`);
    }
  }
  if (dataset.id !== `${dataset.exchange}/${dataset.marketType}/${dataset.dataNature}`) refuse('its id is not its name');
  const intervals = PACKAGING_FREQUENCIES.flatMap((each) => dataset.published[each]);
  if (intervals.length === 0) refuse('nothing of it is published');
  if (intervals.includes(undefined) && intervals.some((each) => each !== undefined)) {
    refuse('it is published both with and without an interval, and paths could not be told apart');
  }
  for (const interval of intervals) {
    if (interval !== undefined && !INTERVALS.includes(interval)) refuse(`${quote(interval)} is not an interval`);
  }
  for (const name of [dataset.timeColumn, ...dataset.identity]) {
    const column = dataset.columns[name];
    if (column === undefined || column.stored === false) refuse(`its column ${quote(name)} is not kept`);
  }
  if (dataset.columns[dataset.timeColumn]?.type !== 'timestamp') refuse('its time column is no timestamp');
}

/** Everything that Binance publishes. */
export const BINANCE: Catalog<BinanceDataset> = createCatalog(Object.values(DATASETS));

/** See {@link Catalog.cacheKey}: a key of Binance's archive. The roadmap's defaults hold. */
export const cacheKey: Catalog<BinanceDataset>['cacheKey'] = BINANCE.cacheKey;
/** See {@link Catalog.keysBetween}. */
export const keysBetween: Catalog<BinanceDataset>['keysBetween'] = BINANCE.keysBetween;
/** See {@link Catalog.homeKeys}. */
export const homeKeys: Catalog<BinanceDataset>['homeKeys'] = BINANCE.homeKeys;
