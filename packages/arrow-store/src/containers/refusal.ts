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
/** More than a day of one row a second: as many rows as a file of any size may have. */
const ROWS_OF_ANY_FILE = 100_000;
/** Longer texts are neither times nor numbers, and nothing else is read as text. */
export const MAX_TEXT = 256;

/**
 * How many rows a file of so many bytes may claim. Runs and dictionaries let a few bytes stand for millions of rows; no
 * file of bars that anyone kept has less than a byte a row, a small one aside.
 */
export const mostRows = (fileBytes: number): number => Math.min(MAX_ROWS, ROWS_OF_ANY_FILE + fileBytes);

export const tooManyRows = (): ArrowStoreError => damaged('it claims more rows than its bytes can hold');

/** One for all: making a decoder costs more than a name. */
export const utf8 = new TextDecoder();
