/** What each code of {@link CacheKeyError} carries in `details`. */
export interface CacheKeyErrorDetails {
  /** The exchange is not in the catalog. */
  E_KEY_EXCHANGE: { readonly received: unknown; readonly allowed: readonly string[] };
  /** The exchange has no such market type. */
  E_KEY_MARKET_TYPE: { readonly received: unknown; readonly allowed: readonly string[] };
  /** The market publishes no data of this nature. */
  E_KEY_DATA_NATURE: { readonly received: unknown; readonly allowed: readonly string[] };
  /** The nature is not published, or not kept, at this frequency for this interval. */
  E_KEY_PACKAGING_FREQUENCY: { readonly received: unknown; readonly allowed: readonly string[] };
  /** The nature has no such interval, needs one, or has none at all. */
  E_KEY_INTERVAL: {
    readonly received: unknown;
    readonly allowed: readonly string[];
    readonly suggestion?: string;
  };
  /** The symbol cannot be a symbol of the archive, or could not be a safe file name. */
  E_KEY_SYMBOL: { readonly received: unknown; readonly suggestion: string | undefined };
  /** The date is not a day, or for a monthly key not a month or a day of one. */
  E_KEY_DATE: { readonly received: unknown };
  /** The value is not an instant: see {@link TimeInput} for what is. */
  E_KEY_TIME: { readonly received: unknown; readonly argument?: string };
  /** The range ends before it starts. */
  E_KEY_RANGE: { readonly start: string; readonly end: string };
  /** The text is not the path of a cache entry. */
  E_KEY_PATH: { readonly received: unknown };
  /** The text is not the name of an object in the archive. */
  E_KEY_OBJECT_NAME: { readonly received: unknown };
  /** The key has no counterpart in the Vision archive. */
  E_KEY_NOT_IN_ARCHIVE: { readonly received: string };
  /** A dataset that a caller defines is not usable as one. */
  E_KEY_DATASET: { readonly received: string };
}

export type CacheKeyErrorCode = keyof CacheKeyErrorDetails;

const MARKER = Symbol.for('vision-cache.CacheKeyError');

/** The only error that this package throws. Decide by `code`, never by the message. */
export class CacheKeyError<C extends CacheKeyErrorCode = CacheKeyErrorCode> extends Error {
  override readonly name = 'CacheKeyError';
  readonly code: C;
  readonly details: CacheKeyErrorDetails[C];
  readonly [MARKER] = true;

  constructor(code: C, message: string, details: CacheKeyErrorDetails[C], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** A {@link CacheKeyError} of any code: comparing its `code` tells the compiler what its `details` are. */
export type AnyCacheKeyError = { [C in CacheKeyErrorCode]: CacheKeyError<C> }[CacheKeyErrorCode];

/** Tells a {@link CacheKeyError} from anything else, also one that a second copy of this package threw. */
export function isCacheKeyError(value: unknown): value is AnyCacheKeyError {
  return typeof value === 'object' && value !== null && (value as { [MARKER]?: unknown })[MARKER] === true;
}

const LONGEST_SHOWN = 80;
/** C1 controls, zero-width characters and the marks that turn the direction of text. */
const INVISIBLE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Outside data as it may stand in a message: short, quoted, without control characters or terminal escapes. */
export function quote(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString();
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value !== 'string') return String(value);
  const shown = value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN - 3)}...` : value;
  return JSON.stringify(shown).replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
