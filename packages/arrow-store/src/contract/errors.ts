/** What every code carries: which file, what was expected of it and what was found instead. */
export interface FileFinding {
  /** The file, as it was asked for; undefined if bytes were given. */
  readonly path: string | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
}

/** What the operating system said. */
export interface SystemFinding {
  readonly path: string;
  /** The operation that failed: `open`, `write`, `fsync`, `rename`... */
  readonly operation: string;
  /** The system's own code, such as `EIO`. */
  readonly systemCode: string | undefined;
}

/** What each code of {@link ArrowStoreError} carries in `details`. */
export interface ArrowStoreErrorDetails {
  /** A sealed file stands under the path of another key. */
  E_KEY_MISMATCH: FileFinding;
  /** There is no such file. */
  E_NOT_FOUND: FileFinding;
  /** The bytes are not those that were written. */
  E_INTEGRITY: FileFinding & { readonly quarantined?: string | undefined };
  /** A file without a seal where only sealed ones are read. */
  E_UNSEALED: FileFinding;
  /** The bytes are not of the expected format. */
  E_FORMAT: FileFinding;
  /** Columns are missing, too many, or of another type. */
  E_SCHEMA: FileFinding & { readonly column?: string | undefined };
  /** Values that cannot be: bars off their day, prices that contradict each other, rows out of order. */
  E_LOGICAL: FileFinding & { readonly row?: number | undefined };
  /** Bytes or decoded rows above a limit. */
  E_TOO_LARGE: FileFinding & { readonly limit: number };
  /** A row of a bar that was not finished when the source was asked. */
  E_UNFINISHED: FileFinding & { readonly row: number };
  /** What is given to be stored does not fit its key: rows of another day, dataset or home. */
  E_BATCH: FileFinding & { readonly row?: number | undefined };
  /** Memory that the caller gives for a column is of another kind, or too small. */
  E_BUFFER: FileFinding;
  /** An option is missing, or there is none of that name, or it cannot have that value. */
  E_OPTION: { readonly option: string; readonly received: unknown };
  /** The root was written by a newer format. */
  E_NEWER_FORMAT: FileFinding;
  /** The root keeps other intervals by the month than the catalog does. */
  E_HOMES: FileFinding;
  /** The disk or the quota is full, of bytes or of files. */
  E_NO_SPACE: SystemFinding & { readonly needed: number | undefined; readonly free: number | undefined };
  /** The file system is read-only. */
  E_READ_ONLY: SystemFinding;
  /** The process may not do that here. */
  E_PERMISSION: SystemFinding;
  /** Any other failure of the disk. */
  E_IO: SystemFinding;
  /** The process has too many files open. */
  E_TOO_MANY_FILES: SystemFinding;
  /** A path is longer than the file system takes. */
  E_NAME_TOO_LONG: SystemFinding;
  /** A path would lead outside the root. */
  E_OUTSIDE_ROOT: FileFinding;
  /** A symbolic link stands where an entry or its folder should be. */
  E_SYMLINK: FileFinding;
  /** Another live process holds the lease of the key. */
  E_LOCKED: FileFinding & { readonly owner: string | undefined };
  /** A bucket has refused a request for good, or has failed again and again; `reason` is its own code, or the network's. */
  E_BUCKET: {
    readonly path: string;
    readonly operation: string;
    /** Undefined if there was no answer. */
    readonly status: number | undefined;
    readonly reason: string;
    readonly attempts: number;
  };
  /** The credentials of a bucket are missing, refused or expired, or the clocks differ by more than it allows. */
  E_CREDENTIALS: { readonly path: string; readonly reason: string };
  /** It took longer than it may. */
  E_TIMEOUT: FileFinding & { readonly limitMs: number };
  /** The caller's signal ended it. */
  E_ABORTED: FileFinding;
}

export type ArrowStoreErrorCode = keyof ArrowStoreErrorDetails;

const MARKER = Symbol.for('vision-cache.ArrowStoreError');

/** The only error that this package throws of its own. Decide by `code`, never by the message. */
export class ArrowStoreError<C extends ArrowStoreErrorCode = ArrowStoreErrorCode> extends Error {
  override readonly name = 'ArrowStoreError';
  readonly code: C;
  readonly details: ArrowStoreErrorDetails[C];
  readonly [MARKER] = true;

  constructor(code: C, message: string, details: ArrowStoreErrorDetails[C], options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = details;
  }
}

/** Tells an {@link ArrowStoreError} from anything else, also one that a second copy of this package threw. */
export function isArrowStoreError(value: unknown): value is ArrowStoreError {
  return typeof value === 'object' && value !== null && (value as { [MARKER]?: unknown })[MARKER] === true;
}

/** Outside text as it may stand in a message: short, quoted, without control characters or terminal escapes. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value);
  const shown = text.length > 160 ? `${text.slice(0, 157)}...` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
