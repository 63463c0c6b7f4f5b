import type { UtcDate, UtcDay } from '../time/calendar.ts';
import type { Columns, ColumnType } from './column.ts';
import type { Expectation } from './expectation.ts';
import type { Lifetime } from './lifetime.ts';
import type { Interval } from '../time/interval.ts';
import { spanOf, type TimeSpan } from '../time/utc-date.ts';

export type PackagingFrequency = 'daily' | 'monthly';

/** Every spelling of a packaging frequency, in the order in which a home is looked for. */
export const PACKAGING_FREQUENCIES = ['daily', 'monthly'] as const;

/**
 * The intervals published at a frequency; `[undefined]` if the nature has no intervals, `[]` if nothing is published.
 */
export type PublishedIntervals = readonly (Interval | undefined)[];

/**
 * One kind of data of one market: what is published of it, and which columns it has.
 * Identified by `exchange/market_type/data_nature`.
 */
export interface Dataset {
  readonly id: string;
  readonly exchange: string;
  readonly marketType: string;
  readonly dataNature: string;
  /** What the archive publishes, and so what a key may name, by packaging frequency. */
  readonly published: { readonly daily: PublishedIntervals; readonly monthly: PublishedIntervals };
  /** The column whose time decides to which day or month a row belongs. */
  readonly timeColumn: string;
  /** The columns that together tell one row from another; without any, only rows equal in every column are one row. */
  readonly identity: readonly string[];
  /**
   * In the files of days before this one, rows bear the end of what they tell of: the last row of a day bears the first
   * instant of the next day, and is found in no other file.
   */
  readonly labelledByEndBefore?: UtcDay;
  /** What one expects of the rows; from it, `missingRows` tells what is missing. @default nothing is expected */
  readonly expectation?: Expectation;
  /** No row is older than this day: the manager sends no requests for earlier times. @default 2009-01-01 */
  readonly firstDay?: UtcDay;
  /** From when until when the archive was seen to have it: a hint with its date. */
  readonly lifetime?: Lifetime;
  readonly columns: Columns;
}

type DatasetInput = Omit<Dataset, 'id'>;

type NamesOf<C extends Columns, T extends ColumnType = ColumnType> = {
  [Name in keyof C & string]: C[Name]['type'] extends T ? Name : never;
}[keyof C & string];

/** The columns that a dataset is ordered and told apart by are columns of it. */
type ColumnsNamed<C extends Columns> = {
  readonly timeColumn: NamesOf<C, 'timestamp'>;
  readonly identity: readonly NamesOf<C>[];
  readonly expectation?: { readonly column?: NamesOf<C, 'int64'> };
};

/**
 * Describes a kind of data, so that it can be named, stored and read. This is how an exchange is added from outside:
 * give the result to `createCatalog`.
 * @example
 * const krakenKlines = defineDataset({
 *   exchange: 'kraken', marketType: 'spot', dataNature: 'klines',
 *   published: { daily: ['1m', '1h'], monthly: [] }, timeColumn: 'open_time', identity: ['open_time'],
 *   columns: { open_time: { type: 'timestamp', unit: 'us' }, close: { type: 'float64', unit: 'quote' } },
 * });
 */
export function defineDataset<const D extends DatasetInput>(
  dataset: D & ColumnsNamed<D['columns']>,
): Omit<D, 'id'> & { readonly id: `${D['exchange']}/${D['marketType']}/${D['dataNature']}` } {
  return { ...dataset, id: `${dataset.exchange}/${dataset.marketType}/${dataset.dataNature}` };
}

/** The columns of a dataset that are kept, in their order. */
export function storedColumns<D extends Dataset>(dataset: D): (keyof D['columns'] & string)[] {
  return Object.keys(dataset.columns).filter((name) => dataset.columns[name]!.stored !== false);
}

/**
 * The first instant for which a dataset can have rows, epoch microseconds UTC. No exchange of this market is older than
 * 2009.
 */
export function firstInstantOf({ firstDay = '2009-01-01' }: Dataset): bigint {
  return spanOf(firstDay).start;
}

/** Whether the rows before an instant bear the end of what they tell of. */
const isLabelledByEnd = ({ labelledByEndBefore: day }: Dataset, before: bigint): boolean =>
  day !== undefined && before <= spanOf(day).start;

/**
 * The time stamps that rows of a day's or month's file may have: those within it, plus its end if rows are labelled
 * with the end of their period.
 */
export function rowSpanOf(dataset: Dataset, date: UtcDate): TimeSpan {
  const { start, end } = spanOf(date);
  return { start, end: isLabelledByEnd(dataset, end) ? end + 1n : end };
}

/**
 * The times that the rows of a range bear: from its start on and before its end, or, where rows bear the end of what
 * they tell of, after its start and up to its end.
 */
export function rowSpanWithin(dataset: Dataset, { start, end }: TimeSpan): TimeSpan {
  return {
    start: isLabelledByEnd(dataset, start + 1n) ? start + 1n : start,
    end: isLabelledByEnd(dataset, end) ? end + 1n : end,
  };
}
