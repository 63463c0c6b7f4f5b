import type { TimeSpan } from '@vision-cache/cache-keys';

/** Two values for one row within one file. */
export interface ConflictingValues {
  /** Of the row, epoch microseconds UTC. */
  readonly time: bigint;
  readonly column: string;
  /** Of the row that stands first in the file. */
  readonly kept: number | bigint | string;
  readonly dropped: number | bigint | string;
}

/** What was found in the rows of one file. Times are epoch microseconds, UTC. */
export interface DataQualityReport {
  /** Rows in the batch. */
  readonly rows: number;
  /** Exact repeats that were removed. */
  readonly duplicates: number;
  /** Rows with the identity of an earlier one and other values; the earlier one is kept. */
  readonly conflicts: number;
  /** Which values differ, of the first 1,000; absent where none does. */
  readonly conflicting?: readonly ConflictingValues[];
  /** Rows out of order that were sorted. */
  readonly unsorted: number;
  /** Rows whose time is not on the interval's grid; they are kept. */
  readonly offGrid: number;
  /** Rows of another day or month than the file's name says; they are refused. */
  readonly otherDay: number;
  /** Bars whose high is not the highest or low not the lowest price, or with a negative volume; they are kept. */
  readonly ohlcViolations: number;
  /** Trades of quantity 0; they are kept. Absent if there is none. */
  readonly zeroQuantity?: number;
  /**
   * The rows of a file in which `is_buyer_maker` is the same in every row; absent where it is not or where they are
   * fewer than 100: so were all um trades of 2026-07-03 and 07-04 (binance-public-data#476). They are kept.
   */
  readonly constantFlag?: number;
  /**
   * Bands of bookDepth that bear one depth and one notional in every snapshot of the file
   * (binance-public-data#496); they are kept. Absent if there is none.
   */
  readonly frozenBands?: number;
  /**
   * Rows of bookDepth that are not there although their snapshot is: of every band that the file has, each snapshot
   * should have one. Absent if there is none.
   */
  readonly missingBands?: number;
  /** Bars that the unbroken grid of the day or month holds; undefined if rows are not on a grid. */
  readonly expectedRows: number | undefined;
  /** Bars of the grid that are not there. */
  readonly missingRows: number;
  /** Where they are not, in order. */
  readonly missing: readonly TimeSpan[];
  /**
   * The last bars of the day or month are not there, and earlier ones are. The archive has published such files with a
   * right CHECKSUM (BTCUSDT 1s, 2024-11-19); so looks the last day of a delisted symbol, too.
   */
  readonly endsEarly: boolean;
  /** Time of the first and last row. */
  readonly first: bigint | undefined;
  readonly last: bigint | undefined;
  readonly hasHeader: boolean;
  /** Header words that are no column of the dataset; what stands below them is not kept. */
  readonly unknownColumns: readonly string[];
  /** In what the file writes times. */
  readonly timeUnit: 'ms' | 'us' | 'text' | 'mixed';
}
