import type { ColumnBatch, ColumnsOf, Dataset, TimeSpan } from '@vision-cache/cache-keys';
import type { Coverage, GapKind } from './coverage.ts';
import type { Conflict, Quality } from './ports.ts';

/** Which of cache and sources a request uses. */
export type Mode =
  /** The cache first, then the sources for what it lacks. */
  | 'fill'
  /** The cache only: no source is called. */
  | 'offline'
  /** The sources for everything, whatever is cached or remembered as absent; the cache keeps the union. */
  | 'refresh';

export interface Progress {
  /** Entries (days or months) that needed a source, and how many of them have been dealt with. */
  readonly entries: { readonly done: number; readonly total: number };
  readonly rows: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Until the end at the speed so far; undefined before the first entry. */
  readonly etaMs: number | undefined;
  /** Of what has just arrived. */
  readonly source: string;
}

export interface RequestOptions {
  /** Stops the request with `E_ABORTED`; what had arrived is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Names of the columns to answer with. @default all */
  readonly columns?: readonly string[] | undefined;
  /**
   * `fill`: the cache, then the sources for what it lacks; `offline`: the cache only; `refresh`: the sources for
   * everything, and the cache keeps the union.
   * @default 'fill'
   */
  readonly mode?: Mode | undefined;
  /** Throw `E_INCOMPLETE` if rows are missing that a source could have. @default true */
  readonly strict?: boolean | undefined;
  /** Kinds of gaps that do not throw, in addition to those that no source can fill. @default none */
  readonly allow?: readonly GapKind[] | undefined;
  /**
   * Kinds of gaps that are a reason to throw although no source can fill them; missing ids count as `short-file`.
   * @default none
   */
  readonly refuse?: readonly GapKind[] | undefined;
  /** Is called as entries arrive. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What one source did in one request. */
export interface SourceActivity {
  /** Objects or spans that it was asked for. */
  readonly asked: number;
  /** Of these, the ones that it does not have. */
  readonly missing: number;
  /** Of these, the ones that it failed on. */
  readonly failed: number;
  readonly rows: number;
  /** HTTP requests and bytes, listings, refusals and the market as a whole included, as far as the source tells. */
  readonly requests: number;
  readonly bytes: number;
}

/** What a request came to. */
export interface Activity {
  /** Entries that the cache had, and that needed no source. */
  readonly hits: number;
  /** Entries that a source was needed for. */
  readonly misses: number;
  /** Entries that are remembered not to exist, and were not asked for. */
  readonly absent: number;
  /** The hits, by layout of the file. */
  readonly hitsByLayout: { readonly new: number; readonly old: number };
  /** By the source's name; a source that was not asked is not there. */
  readonly sources: Readonly<Record<string, SourceActivity>>;
}

/** The names of a dataset's columns. */
export type ColumnNames<D extends Dataset> = keyof ColumnsOf<D> & string;

/** Rows with some of the columns of their dataset. */
export type Selected<D extends Dataset, C extends ColumnNames<D>> = Omit<ColumnBatch<D>, 'columns'> & {
  readonly columns: Pick<ColumnsOf<D>, C>;
};

/** Options that say which columns are wanted, so that the answer's type has these and no other. */
export type SelectingOptions<D extends Dataset, C extends ColumnNames<D>> = Omit<RequestOptions, 'columns'> & {
  readonly columns?: readonly C[] | undefined;
};

/** Rows of a range, and the truth about them. */
export interface Answer<D extends Dataset = Dataset, C extends ColumnNames<D> = ColumnNames<D>> {
  /** Sorted by time, no row twice, in contiguous columns: those that were asked for. */
  readonly batch: [ColumnNames<D>] extends [C] ? ColumnBatch<D> : Selected<D, C>;
  readonly coverage: Coverage;
  readonly activity: Activity;
  /** Rows for which two sources had different values, as far as this request saw them. */
  readonly conflicts: readonly Conflict[];
  /**
   * What is odd about the rows and no gap, by name, summed over the files that they are of: `duplicates` (exact repeats
   * that were removed), `conflicts`, `zeroQuantity`, `constantFlag`, `frozenBands`, `missingBands` (rows that snapshots of
   * a book lack of their file's bands), `unsorted` (rows that a file has out of the order of time; they are sorted),
   * `otherDay` (rows of another day or month than their file; they are left out), `offGrid` and `ohlcViolations` (bars off
   * their grid, and bars with an impossible high, low or volume; they are kept); and entries of the cache that this
   * request found damaged: `healed` if they are right again, else `damaged`. One warning tells them all. What does not
   * occur is absent.
   */
  readonly quality: Quality;
  /** What went wrong without making the answer wrong, such as a cache that could not store. */
  readonly warnings: readonly string[];
}

/** One part of a range, in the order of time. */
export interface Segment<D extends Dataset = Dataset, C extends ColumnNames<D> = ColumnNames<D>> extends Answer<D, C> {
  readonly span: TimeSpan;
}
