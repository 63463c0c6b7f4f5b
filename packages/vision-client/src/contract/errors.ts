/** Which request went wrong. */
interface OfRequest {
  readonly url: string;
  /** How often it was sent. */
  readonly attempts: number;
}

interface OfAnswer extends OfRequest {
  readonly status: number;
  /** How the answer's body begins. */
  readonly received: string;
}

interface OfArchive {
  /** The archive or member that was read, as far as it is known. */
  readonly name: string;
}

interface OfRow {
  readonly name: string;
  /** Counted from 1; a header is a line. */
  readonly line: number;
  /** The column's name, where it is one column that is wrong. */
  readonly column?: string;
  /** How the line or field begins. */
  readonly received: string;
}

/** What each code of {@link VisionClientError} carries in `details`. */
export interface VisionClientErrorDetails {
  /** An option of a client is not valid. */
  E_OPTION: { readonly option: string; readonly received: unknown };
  /** This client cannot be asked for this key. */
  E_NOT_COVERED: { readonly received: string };
  /** The caller's signal was aborted; its reason is the `cause`. */
  E_ABORTED: { readonly url: string };
  /** No connection, or it broke before an answer came. */
  E_NETWORK: OfRequest & { readonly reason: string };
  /** A wait for the network reached its limit. */
  E_TIMEOUT: OfRequest & { readonly phase: 'headers' | 'idle' | 'total'; readonly milliseconds: number };
  /** The answer's body ended before all of it was there. */
  E_TRUNCATED: OfRequest & { readonly receivedBytes: number; readonly expectedBytes: number | undefined };
  /** The answer is larger than it may be. */
  E_TOO_LARGE: OfRequest & { readonly limitBytes: number };
  /** A redirect to where this client does not go. */
  E_REDIRECT: OfRequest & { readonly location: string };
  /** The answer is not what was asked for: a page in place of a listing, an encoding that nobody asked for. */
  E_BAD_CONTENT: OfAnswer;
  /** 429: the host asks for a longer pause than this client waits. */
  E_RATE_LIMITED: OfAnswer & { readonly retryAt: number };
  /** 418: the host has banned this address; nothing is sent to it before `retryAt` (epoch milliseconds). */
  E_BANNED: OfAnswer & { readonly retryAt: number };
  /** Any other status that is no success. 403 and 451 come with an explanation. */
  [status: `E_HTTP_${number}`]: OfAnswer;
  /** REST refused the request: Binance's own error code and message. */
  E_REST_REFUSED: OfAnswer & { readonly binanceCode: number; readonly binanceMessage: string };
  /** REST is not available now, as during a maintenance: it was asked again, and may have the rows later. */
  E_REST_UNAVAILABLE: OfAnswer;
  /** REST answered with something that is not what its documentation says. */
  E_REST_CONTENT: OfRequest & { readonly received: string };
  /** The archive's bytes are not those that its CHECKSUM tells. */
  E_CHECKSUM_MISMATCH: OfArchive & { readonly url: string; readonly expected: string; readonly actual: string };
  /** The CHECKSUM file cannot be read, or is for another file. */
  E_CHECKSUM_FORMAT: OfArchive & { readonly received: string };
  /** The archive is there and its CHECKSUM file is not. */
  E_CHECKSUM_MISSING: OfArchive & { readonly url: string };
  /** The bytes are no zip archive at all. */
  E_ZIP_NOT_A_ZIP: OfArchive & { readonly received: string };
  /** The archive ends early, or its parts contradict each other. */
  E_ZIP_STRUCTURE: OfArchive & { readonly reason: string };
  /** The archive holds no member or more than one. */
  E_ZIP_ENTRIES: OfArchive & { readonly entries: number };
  /** The member is not called what the key says. */
  E_ZIP_NAME: OfArchive & { readonly expected: string; readonly received: string };
  /** The member is encrypted. */
  E_ZIP_ENCRYPTED: OfArchive;
  /** The member is compressed by a method that the archive does not use. */
  E_ZIP_METHOD: OfArchive & { readonly method: number };
  /** The member would be larger than the limit. */
  E_ZIP_TOO_LARGE: OfArchive & { readonly limitBytes: number; readonly size: number | undefined };
  /** The compressed data is damaged. */
  E_ZIP_INFLATE: OfArchive & { readonly reason: string };
  /** The member is not as long as the archive says. */
  E_ZIP_SIZE: OfArchive & { readonly expected: number; readonly actual: number | undefined };
  /** The member's CRC-32 is not the one that the archive says. */
  E_ZIP_CRC: OfArchive & { readonly expected: number; readonly actual: number };
  /** There is not one row in the file. */
  E_CSV_EMPTY: OfArchive;
  /** The header has a word that is no column, or lacks one that is. */
  E_CSV_HEADER: OfRow;
  /** A row has more or fewer fields than the file has columns. */
  E_CSV_FIELDS: OfRow & { readonly expected: number; readonly actual: number };
  /** A field is not a value of its column. */
  E_CSV_VALUE: OfRow;
  /** A time is in no unit that the archive uses. */
  E_CSV_TIME: OfRow;
  /** Rows stand out of the order of time, and the caller asked for an error then. */
  E_CSV_ORDER: OfArchive & { readonly rows: number; readonly before: string };
  /** A line is longer than any row can be. */
  E_CSV_LINE: OfRow;
  /** No row of the file belongs to the day or month of its name. */
  E_CSV_OTHER_DAY: OfArchive & { readonly rows: number; readonly first: string };
}

export type VisionClientErrorCode = keyof VisionClientErrorDetails;

const MARKER = Symbol.for('vision-cache.VisionClientError');

/** The only error that this package throws. Decide by `code`, never by the message. */
export class VisionClientError<C extends VisionClientErrorCode = VisionClientErrorCode> extends Error {
  override readonly name = 'VisionClientError';
  readonly code: C;
  readonly details: VisionClientErrorDetails[C];
  readonly [MARKER] = true;

  constructor(code: C, message: string, details: VisionClientErrorDetails[C], options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** A {@link VisionClientError} of any code: comparing its `code` tells the compiler what its `details` are. */
export type AnyVisionClientError = { [C in VisionClientErrorCode]: VisionClientError<C> }[VisionClientErrorCode];

/** Tells a {@link VisionClientError} from anything else, also one that a second copy of this package threw. */
export function isVisionClientError(value: unknown): value is AnyVisionClientError {
  return typeof value === 'object' && value !== null && (value as { [MARKER]?: unknown })[MARKER] === true;
}

/** Outside data as it may stand in a message: short, quoted, without control characters or terminal escapes. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value);
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** How bytes from outside begin, as text for `details.received`. */
export function excerpt(bytes: Uint8Array, from = 0): string {
  let text = '';
  for (const byte of bytes.subarray(from, from + 120)) text += String.fromCharCode(byte);
  return text;
}
