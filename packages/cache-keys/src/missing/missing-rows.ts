import { CacheKeyError, quote } from '../contract/errors.ts';
import type { ColumnBatch } from '../datasets/column-batch.ts';
import type { Dataset } from '../datasets/dataset.ts';
import {
  type Expectation,
  type ExpectationStrength,
  expectationText,
  NOTHING_EXPECTED,
  strengthOf,
} from '../datasets/expectation.ts';
import type { Interval } from '../time/interval.ts';
import type { TimeSpan } from '../time/utc-date.ts';
import { gridGaps } from './grid-gaps.ts';
import { type EdgeRow, missingIds, type MissingIds } from './missing-ids.ts';
import { intervalGaps } from './interval-gaps.ts';
import { pauses, silences } from './pauses.ts';

/** What is missing of a span of a dataset. */
export interface MissingRows {
  /** How surely: `exact` is missing, `usual` is missing as a rule, and of `none` nothing can be told. */
  readonly strength: ExpectationStrength;
  /** The spans in which expected rows are missing, in order, within the span. Epoch microseconds, UTC. */
  readonly gaps: readonly TimeSpan[];
  /** The ids that are not there, in their order. No time gap is made of them. */
  readonly ids: readonly MissingIds[];
  /** What was expected, as one sentence; it is the evidence of what is missing. */
  readonly expected: string;
}

export interface MissingRowsOptions {
  /** The key's interval; a grid `every: 'interval'` needs it. */
  readonly interval?: Interval | undefined;
  /** The last row before the span, if known: what is missing between the two belongs to the span. */
  readonly before?: EdgeRow | undefined;
  /** The first row after the span, if known. */
  readonly after?: EdgeRow | undefined;
}

/** What of a batch is looked at. */
export type RowsAndColumns = Pick<ColumnBatch, 'numRows' | 'columns'>;

/** What one expects of a dataset; one that does not say expects nothing. */
export function expectationOf(dataset: Dataset): Expectation {
  return dataset.expectation ?? NOTHING_EXPECTED;
}

/** The columns that `missingRows` reads: a cache that is asked for fewer has to read these as well. */
export function expectationColumns(dataset: Dataset): readonly string[] {
  const expectation = expectationOf(dataset);
  return 'column' in expectation ? [dataset.timeColumn, expectation.column] : [dataset.timeColumn];
}

/**
 * What is missing of a span, by what its dataset expects. Pure: it looks at the rows, at the span and at the rows
 * around it, and asks nobody.
 * @param rows the rows of the span in the order of time; others may be among them, and are passed over
 * @param span half-open, epoch microseconds UTC: a day, a month, or any part of a range
 * @throws {CacheKeyError} `E_KEY_DATASET` if the rows lack a column that the expectation needs
 * @example
 * const { gaps, ids } = missingRows(BINANCE.datasetOf(key), batch, spanOf(key.date), { interval: key.interval });
 */
export function missingRows(
  dataset: Dataset,
  rows: RowsAndColumns,
  span: TimeSpan,
  { interval, before, after }: MissingRowsOptions = {},
): MissingRows {
  const expectation = expectationOf(dataset);
  const found = { strength: strengthOf(expectation), expected: expectationText(expectation) };
  const column = (name: string): BigInt64Array => int64(dataset, rows, name);
  const times = column(dataset.timeColumn);
  const none = { gaps: [], ids: [] };
  if (span.start >= span.end) return { ...found, ...none };
  switch (expectation.rule) {
    case 'grid': {
      const every = expectation.every === 'interval' ? interval : expectation.every;
      // A dataset may have no interval where its bars are told by the day: nothing is expected of those.
      return every === undefined
        ? { ...found, ...none, strength: 'none' }
        : { ...found, ids: [], gaps: gridGaps(dataset, times, span, every, expectation.every === 'interval') };
    }
    case 'ids':
      return { ...found, gaps: [], ids: missingIds(times, column(expectation.column), span, before, after) };
    case 'interval':
      return { ...found, ids: [], gaps: intervalGaps(times, column(expectation.column), span, expectation) };
    case 'pause':
      return { ...found, ids: [], gaps: pauses(times, span, expectation) };
    case 'silence':
      return {
        ...found,
        ids: [],
        gaps: silences(times, column(expectation.column), span, expectation, before, after),
      };
    case 'none':
      return { ...found, ...none };
    default:
      return expectation satisfies never;
  }
}

/** The first and the last row of a batch, as `missingRows` takes them for a neighbour; undefined of no rows. */
export function edgeRows(
  dataset: Dataset,
  rows: RowsAndColumns,
): { readonly first: EdgeRow; readonly last: EdgeRow } | undefined {
  if (rows.numRows === 0) return undefined;
  const expectation = expectationOf(dataset);
  const times = int64(dataset, rows, dataset.timeColumn);
  if (!('column' in expectation)) return { first: { time: times[0]! }, last: { time: times.at(-1)! } };
  const ids = int64(dataset, rows, expectation.column);
  // The rows stand in the order of time; two runs of ids may stand between each other.
  let low = 0;
  let high = 0;
  for (let row = 1; row < ids.length; row++) {
    if (ids[row]! < ids[low]!) low = row;
    if (ids[row]! >= ids[high]!) high = row;
  }
  return { first: { time: times[low]!, id: ids[low]! }, last: { time: times[high]!, id: ids[high]! } };
}

function int64(dataset: Dataset, { numRows, columns }: RowsAndColumns, name: string): BigInt64Array {
  const column: unknown = (columns as Readonly<Record<string, unknown>>)[name];
  if (ArrayBuffer.isView(column) && 'length' in column && column.length === numRows) return column as BigInt64Array;
  const message = `${quote(dataset.id)}: to find missing rows its column ${quote(name)} is needed.`;
  throw new CacheKeyError('E_KEY_DATASET', message, { received: dataset.id });
}
