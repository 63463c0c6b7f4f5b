import {
  type BinanceDataset,
  type CacheKey,
  type Catalog,
  type Dataset,
  firstInstantOf,
  type Interval,
  isCacheKeyError,
  isoText,
  refuseForeignSymbol,
  rowSpanWithin,
  spanOf,
  type TimeInput,
  type TimeSpan,
  timeSpan,
} from '@vision-cache/cache-keys';
import { DataSourceError } from '../contract/errors.ts';

/** A half-open range of time, `[start, end)`, always UTC. */
export interface QueryRange {
  /** First instant, inclusive. */
  readonly start: TimeInput;
  /** Last instant, exclusive. */
  readonly end: TimeInput;
}

type MarketOf<N extends string> = Extract<BinanceDataset, { dataNature: N }>['marketType'];
type IntervalsOf<D extends Dataset> = D['published']['daily'][number] | D['published']['monthly'][number];
type IntervalPart<I> = [I] extends [undefined] ? { readonly interval?: undefined } : { readonly interval: I };

/** The klines of a market. */
export type KlinesDataset<M extends MarketOf<'klines'> = MarketOf<'klines'>> = Extract<
  BinanceDataset,
  { marketType: M; dataNature: 'klines' }
>;

/** A range of a symbol's klines; market and interval must be published together, or it does not compile. */
export type KlinesQuery<M extends MarketOf<'klines'> = 'spot'> = QueryRange & {
  readonly symbol: string;
  readonly interval: IntervalsOf<KlinesDataset<M>>;
} & ('spot' extends M ? { readonly marketType?: M } : { readonly marketType: M });

/** The dataset of a market and nature. */
export type DatasetFor<M extends string, N extends string> = Extract<BinanceDataset, { marketType: M; dataNature: N }>;

/** A range of any nature that the archive publishes. */
export type DataQuery<M extends BinanceDataset['marketType'], N extends BinanceDataset['dataNature']> = QueryRange & {
  readonly marketType: M;
  readonly dataNature: N;
  readonly symbol: string;
} & IntervalPart<IntervalsOf<DatasetFor<M, N>>>;

/** A range known only as text, checked at run time. */
export interface OpenQuery extends QueryRange {
  /** Whose data: another one's needs a catalog that has it. @default 'binance' */
  readonly exchange?: string | undefined;
  /** `spot`, `um`, `cm` or `option`. @default 'spot' */
  readonly marketType?: string | undefined;
  /** The kind of data, as the archive names it. @default 'klines' */
  readonly dataNature?: string | undefined;
  /** As the archive spells it, such as BTCUSDT or BTCUSD_PERP. */
  readonly symbol: string;
  /** The length of a bar, `1s` to `1mo`; natures without bars have none. */
  readonly interval?: string | undefined;
}

/** A query that names published data, and the entries that hold it. */
export interface ParsedQuery<D extends Dataset = Dataset> {
  readonly dataset: D;
  /** The range as it was asked for. */
  readonly outer: TimeSpan;
  /** The part of it in which there can be rows: what is before the dataset's first day and after today is left out. */
  readonly span: TimeSpan;
  /** The times that its rows bear: another span where rows bear the end of what they tell of. */
  readonly rowSpan: TimeSpan;
  /** Undefined if the nature has no interval, and so no grid. */
  readonly interval: Interval | undefined;
  /** The entries that hold the range, in order. */
  readonly keys: readonly CacheKey<D>[];
  /** The whole day or month of each key. */
  readonly wholes: readonly TimeSpan[];
}

/**
 * The single door from a caller's query to keys.
 * @param now epoch microseconds UTC: what cannot have rows by then has no key. @default every day has one
 * @throws {DataSourceError} `E_QUERY`, with the kernel's error as its cause.
 */
export function parseQuery(query: OpenQuery, catalog: Catalog, now?: bigint): ParsedQuery {
  try {
    const outer = timeSpan(query.start, query.end);
    const { exchange, marketType, dataNature, symbol, interval } = query;
    const range = { exchange, marketType, dataNature, symbol, interval };
    // An empty range has no key, and still must name something.
    const named = catalog.keysBetween({ ...range, start: '2024-01-01', end: '2024-01-02' })[0]!;
    refuseForeignSymbol(named);
    const dataset = catalog.datasetOf(named);
    const span = now === undefined ? outer : innerSpan(dataset, outer, now);
    // What is older than 2009 is taken as text only.
    const keys = catalog.keysBetween({ ...range, start: isoText(span.start), end: isoText(span.end) });
    const rowSpan = rowSpanWithin(dataset, span);
    return { dataset, outer, span, rowSpan, interval: named.interval, keys, wholes: wholesOf(keys) };
  } catch (error) {
    if (!isCacheKeyError(error)) throw error;
    throw new DataSourceError('E_QUERY', error.message, { received: query, code: error.code }, { cause: error });
  }
}

const DAY = 86_400_000_000n;

/** From the dataset's first day to the end of today; empty where there is nothing of it. */
function innerSpan(dataset: Dataset, { start, end }: TimeSpan, now: bigint): TimeSpan {
  const first = firstInstantOf(dataset);
  const today = now - (now % DAY) + DAY;
  const last = end < today ? end : today;
  const from = start > first ? start : first;
  if (from < last) return { start: from, end: last };
  const nothing = start > first ? start : end < first ? end : first;
  return { start: nothing, end: nothing };
}

/** The days of a range follow each other, so that only the first one's text has to be read. */
function wholesOf(keys: readonly CacheKey[]): TimeSpan[] {
  const [first] = keys;
  if (first?.packagingFrequency !== 'daily') return keys.map(({ date }) => spanOf(date));
  let { start } = spanOf(first.date);
  return keys.map(() => ({ start, end: (start += DAY) }));
}
