import {
  BINANCE,
  type CacheKey,
  type Column,
  type Dataset,
  intervalMicroseconds,
  visionFileStem,
} from '@vision-cache/cache-keys';
import { excerpt, quote, VisionClientError } from '../contract/errors.ts';
import { isLineBreak } from './end-of-text.ts';
import { BOOL, CLOSE_TIME, type FieldKind, FLOAT, INT, SKIP, SYMBOL, TEXT, TIME } from './field-kind.ts';

/** One field of each row of a file. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Whether a number may be absent; an absent one is NaN, and 0 among counts. */
  readonly mayBeEmpty: boolean;
}

/** How the rows of one file are to be read. */
export interface Layout {
  readonly dataset: Dataset;
  /** What errors call the file. */
  readonly name: string;
  /** The archive's symbol, for the files that repeat it in each row. */
  readonly symbol: string;
  readonly fields: readonly Field[];
  /** The field whose time decides to which day a row belongs. */
  readonly rowTimeField: number;
  readonly hasHeader: boolean;
  /** Header words that are no column of the dataset; their fields are passed over. */
  readonly unknownColumns: readonly string[];
  /** Offset of the first row. */
  readonly start: number;
  /** Of a bar in microseconds; NaN where there are no bars, or none of fixed length. */
  readonly barMicroseconds: number;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const COMMA = 44;
/** No header or row of the archive is nearly as long. */
export const LONGEST_LINE = 64 * 1024;

const KIND = { timestamp: TIME, float64: FLOAT, int64: INT, bool: BOOL, text: TEXT } as const;

/** Whether rows are bars: they have an open and a close time, and prices that must be there. */
export const isBars = (dataset: Dataset): boolean => dataset.timeColumn === 'open_time';

/**
 * Finds out how a file is to be read: a header or none, which columns in which order. Headers come and go from file
 * to file, and so do their words.
 * @throws {VisionClientError} `E_CSV_EMPTY`, `E_CSV_HEADER`, `E_CSV_FIELDS`, `E_CSV_LINE`
 */
export function layoutOf(head: Uint8Array, key: CacheKey): Layout {
  const dataset: Dataset = BINANCE.datasetOf(key as CacheKey<never>);
  const name = `${visionFileStem(key)}.csv`;
  if (head.every(isLineBreak)) throw new VisionClientError('E_CSV_EMPTY', `${name} has no row.`, { name });
  const found = head.subarray(0, LONGEST_LINE).indexOf(LINE_FEED);
  if (found === -1 && head.length >= LONGEST_LINE) {
    const details = { name, line: 1, received: excerpt(head) };
    throw new VisionClientError('E_CSV_LINE', `${name}, line 1 is longer than ${LONGEST_LINE} bytes.`, details);
  }
  const lineEnd = found === -1 ? head.length : found;
  const end = head[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
  const line = head.subarray(0, end);
  const hasHeader = !isNumberStart(line[0]);
  const { fields, unknownColumns } = hasHeader
    ? fieldsOfHeader(line, dataset, name)
    : fieldsWithoutHeader(line, dataset, name);
  return {
    dataset,
    name,
    symbol: key.symbol,
    fields,
    rowTimeField: fields.findIndex((field) => field.name === dataset.timeColumn),
    hasHeader,
    unknownColumns,
    start: hasHeader ? Math.min(lineEnd + 1, head.length) : 0,
    barMicroseconds: key.interval === undefined ? NaN : Number(intervalMicroseconds(key.interval) ?? NaN),
  };
}

/** A row begins with a digit, or the minus of a number; a header does not. */
const isNumberStart = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 48 && byte <= 57) || byte === 45);

function fieldOf(dataset: Dataset, name: string, column: Column): Field {
  const isBar = isBars(dataset);
  if (column.stored === false) return { name, kind: name === 'symbol' ? SYMBOL : SKIP, mayBeEmpty: true };
  if (isBar && name === 'close_time') return { name, kind: CLOSE_TIME, mayBeEmpty: false };
  const isPrice = isBar && ['open', 'high', 'low', 'close'].includes(name);
  const mayBeEmpty = (column.type === 'float64' && !isPrice) || column.unit === 'count';
  return { name, kind: KIND[column.type], mayBeEmpty };
}

function fieldsOfHeader(line: Uint8Array, dataset: Dataset, name: string) {
  const refuse = (why: string, column?: string): never => {
    const details = { name, line: 1, received: excerpt(line), ...(column === undefined ? {} : { column }) };
    throw new VisionClientError('E_CSV_HEADER', `${name}, line 1: ${why}.`, details);
  };
  const byWord = new Map<string, string>();
  for (const [column, { aliases = [] }] of Object.entries(dataset.columns)) {
    for (const word of [column, ...aliases]) byWord.set(foldWord(word), column);
  }
  const words = excerptLine(line).split(',');
  const columns = words.map((word) => byWord.get(foldWord(word)));
  const missing = Object.entries(dataset.columns).filter(
    ([column, { stored }]) => stored !== false && !columns.includes(column),
  );
  if (missing.length > 0) {
    const [first] = missing[0]!;
    refuse(`the header ${quote(words.join(','))} has no column ${quote(first)}`, first);
  }
  const repeated = columns.find((column, index) => column !== undefined && columns.indexOf(column) !== index);
  if (repeated !== undefined) refuse(`the header has the column ${quote(repeated)} twice`, repeated);
  const fields = columns.map((column, index): Field =>
    column === undefined
      ? { name: words[index]!, kind: SKIP, mayBeEmpty: true }
      : fieldOf(dataset, column, dataset.columns[column]!),
  );
  // Where a bar closes is told from where it opens.
  if (isBars(dataset) && columns.indexOf('close_time') < columns.indexOf('open_time')) {
    refuse('close_time stands before open_time', 'close_time');
  }
  return { fields, unknownColumns: words.filter((_, index) => columns[index] === undefined) };
}

/** Header words as they are compared: without case, spaces, quotes and underscores. */
function foldWord(word: string): string {
  return word.toLowerCase().replace(/[\s"_]/g, '');
}

function excerptLine(line: Uint8Array): string {
  return new TextDecoder().decode(line);
}

function fieldsWithoutHeader(line: Uint8Array, dataset: Dataset, name: string) {
  let actual = 1;
  for (let at = 0; at < line.length; at++) if (line[at] === COMMA) actual++;
  const fields = rowsWithoutHeader(dataset).find(({ length }) => length === actual);
  if (fields !== undefined) return { fields, unknownColumns: [] };
  const expected = Object.keys(dataset.columns).length;
  const message = `${name}, line 1 has ${actual} fields, and ${expected} are expected.`;
  throw new VisionClientError('E_CSV_FIELDS', message, { name, line: 1, received: excerpt(line), expected, actual });
}

const knownRows = new WeakMap<Dataset, readonly (readonly Field[])[]>();

/** Which fields the rows of a dataset's files may have, in their order. */
function rowsWithoutHeader(dataset: Dataset): readonly (readonly Field[])[] {
  const known = knownRows.get(dataset);
  if (known !== undefined) return known;
  const all = Object.entries(dataset.columns);
  const required = all.filter(([, { optional }]) => optional !== true);
  // A last column that is not kept, `ignore`, may be left out as well.
  const kept = required.at(-1)?.[1].stored === false ? required.slice(0, -1) : required;
  const rows = [all, required, kept].map((columns) => columns.map(([column, of]) => fieldOf(dataset, column, of)));
  knownRows.set(dataset, rows);
  return rows;
}
