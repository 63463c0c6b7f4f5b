import { ArrowStoreError } from '../contract/errors.ts';

type RefusalCode = 'E_FORMAT' | 'E_SCHEMA' | 'E_LOGICAL';

/**
 * Why an old file is not read: `found` is a short stable word for reports, the message a sentence.
 * The path is filled in by who opened the file.
 */
export function refusal(code: RefusalCode, found: string, message: string, cause?: unknown): ArrowStoreError {
  return new ArrowStoreError(code, message, { path: undefined, found }, { cause });
}

/** Bytes that end before they should, or that lead outside themselves. */
export function damaged(what: string, cause?: unknown): ArrowStoreError {
  return refusal('E_FORMAT', 'damaged', `The file is damaged: ${what}.`, cause);
}

/** Columns above this many rows are not read: 16 days of one row a second fit, and 1 GiB of columns does not. */
export const MAX_ROWS = 20_000_000;
/** Bytes that one text or compressed column may grow to. */
export const MAX_COLUMN_BYTES = 256 * 1024 * 1024;

/** One for all: making a decoder costs more than a name. */
export const utf8 = new TextDecoder();
