import type { TimeSpan } from '@vision-cache/cache-keys';
import type { Coverage } from './coverage.ts';

/** What each code of {@link DataSourceError} carries in `details`. */
export interface DataSourceErrorDetails {
  /** Rows that could be had are missing; what is there is in the cache. `strict: false` answers with what there is. */
  E_INCOMPLETE: { readonly coverage: Coverage };
  /** No source has ever had anything of this symbol. */
  E_UNKNOWN_SYMBOL: { readonly symbol: string; readonly evidence: string };
  /** The query names no data that is published; `code` is the kernel's. */
  E_QUERY: { readonly received: unknown; readonly code: string | undefined };
  /** An option of a request or of the manager is not valid. */
  E_OPTION: { readonly option: string; readonly received: unknown };
  /** The caller's signal stopped it; every day that had arrived is kept. */
  E_ABORTED: { readonly reason: unknown };
  /** A file has rows out of the order of time, and that was to be refused. */
  E_ORDER: { readonly unsorted: number; readonly span: TimeSpan };
  /** The cache could not be read. */
  E_CACHE: { readonly operation: string };
  /** Bars of one interval do not add up to bars of the other. */
  E_RESAMPLE: { readonly from: string; readonly to: string };
  /** Batches of different datasets cannot become one. */
  E_DATASET: { readonly expected: string; readonly received: string };
}

export type DataSourceErrorCode = keyof DataSourceErrorDetails;

const MARKER = Symbol.for('vision-cache.DataSourceError');

/** The only error that this package throws. Decide by `code`, never by the message. */
export class DataSourceError<C extends DataSourceErrorCode = DataSourceErrorCode> extends Error {
  override readonly name = 'DataSourceError';
  readonly code: C;
  readonly details: DataSourceErrorDetails[C];
  readonly [MARKER] = true;

  constructor(code: C, message: string, details: DataSourceErrorDetails[C], options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** Tells a {@link DataSourceError} from anything else, also one that a second copy of this package threw. */
export function isDataSourceError<C extends DataSourceErrorCode>(
  value: unknown,
  code?: C,
): value is DataSourceError<C> {
  if (typeof value !== 'object' || value === null || (value as { [MARKER]?: unknown })[MARKER] !== true) return false;
  return code === undefined || (value as { code?: unknown }).code === code;
}

/** Throws `E_ABORTED` when the signal has been raised. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal);
}

export function aborted(signal: AbortSignal): DataSourceError<'E_ABORTED'> {
  const reason: unknown = signal.reason;
  return new DataSourceError(
    'E_ABORTED',
    'Stopped by its signal; days that had arrived are stored.',
    { reason },
    { cause: reason },
  );
}
