import type { ColumnArray, TimeInput } from '@vision-cache/cache-keys';

export interface LoadOptions {
  /** Names of the columns to read. @default all */
  readonly columns?: readonly string[] | undefined;
  /** First instant, inclusive. @default the first key's start */
  readonly start?: TimeInput | undefined;
  /** Last instant, exclusive. @default the last key's end */
  readonly end?: TimeInput | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadManyOptions extends LoadOptions {
  /**
   * Memory of the caller's own, by column: numbers are read into it until the promise settles, and the answered columns
   * are views of it.
   * @default new memory
   */
  readonly into?: Readonly<Record<string, Exclude<ColumnArray, readonly string[]>>> | undefined;
  /** Read again what was asked for, and counted, a moment ago: neither hits nor misses. @default false */
  readonly uncounted?: boolean | undefined;
}
