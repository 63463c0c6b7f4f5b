import { type CacheKey, type ColumnArray, type Dataset, firstRowAt, type TimeSpan } from '@vision-cache/cache-keys';
import type { StoredFacts } from '../contract/entry-facts.ts';
import { describeRows, type Said, saidOf, withOrigins } from '../rows/attribute.ts';
import type { Quality } from '../rows/quality.ts';
import { gather, type Origin, type Rows, slice, type SourceRank, timesOf } from '../rows/rows.ts';
import { clipSpans, covers } from '../rows/spans.ts';
import { uniteRows } from '../rows/unite-rows.ts';

/** Rows of an entry, or a part of them, with what was said of them. */
export interface Piece {
  readonly rows: Rows;
  readonly said: Said;
  readonly quality: Quality | undefined;
}

export const pieceOf = (dataset: Dataset, columns: Rows['columns'], facts: StoredFacts): Piece => ({
  rows: withOrigins(dataset, columns, facts),
  said: saidOf(facts, facts.spans),
  quality: facts.quality,
});

/** The facts and rows of an entry that is made of pieces; of equal precedence the later piece's row is kept. */
export function joinPieces(key: CacheKey, dataset: Dataset, rank: SourceRank, pieces: readonly Piece[]) {
  const rows =
    onlyRows(pieces) ??
    concatRows(dataset, pieces) ??
    pieces.map((each) => each.rows).reduce((a, b) => uniteRows(dataset, a, b, rank).rows);
  const said = pieces.map((each) => each.said).reverse();
  return { rows, facts: describeRows(key, dataset, rows, said, rank, sumOf(pieces)) };
}

/** What lies within a span. Counts of quality cannot be divided: they stay with a whole piece and are left out of a part. */
export function cutPiece(dataset: Dataset, piece: Piece, span: TimeSpan): Piece {
  const { rows, said, quality } = piece;
  const times = timesOf(dataset, rows.columns);
  const from = firstRowAt(times, span.start);
  const to = Math.max(from, firstRowAt(times, span.end));
  const isWhole = to - from === rows.numRows;
  if (isWhole && [...said.spans, ...said.holes].every((each) => covers([span], each))) return piece;
  const columns: Record<string, ColumnArray> = {};
  for (const name of Object.keys(rows.columns)) columns[name] = slice(rows.columns[name]!, from, to);
  const holes = said.holes.flatMap((hole) => clipSpans([hole], span).map((part) => ({ ...hole, ...part })));
  return {
    rows: { ...rows, numRows: to - from, columns, origin: rows.origin.subarray(from, to) },
    said: { ...said, spans: clipSpans(said.spans, span), holes },
    quality: isWhole ? quality : undefined,
  };
}

/** Whether an entry holds all that a piece holds: its spans, and each of its rows or one of higher precedence. */
export function holdsPiece(dataset: Dataset, rank: SourceRank, whole: Piece, part: Piece): boolean {
  if (!part.said.spans.every((span) => covers(whole.said.spans, span))) return false;
  if (part.rows.numRows === 0) return true;
  const times = timesOf(dataset, whole.rows.columns);
  const from = firstRowAt(times, timesOf(dataset, part.rows.columns)[0]!);
  const to = from + part.rows.numRows;
  if (to <= whole.rows.numRows && isSame(whole.rows, from, to, part.rows)) return true;
  const united = uniteRows(dataset, part.rows, whole.rows, rank).rows;
  return united.numRows === whole.rows.numRows && isSame(united, 0, united.numRows, whole.rows);
}

function isSame(rows: Rows, from: number, to: number, other: Rows): boolean {
  const isWhole = from === 0 && to === rows.numRows;
  return Object.keys(rows.columns).every((name) => {
    const column = rows.columns[name]!;
    return isEqual(isWhole ? column : slice(column, from, to), other.columns[name]!);
  });
}

/** Bit by bit, so that NaN is NaN. */
function isEqual(a: ColumnArray, b: ColumnArray): boolean {
  if (Array.isArray(a)) return a.length === b.length && a.every((text, row) => text === b[row]);
  return Buffer.compare(bytesOf(a as Float64Array), bytesOf(b as Float64Array)) === 0;
}

/** No Buffer: of columns of one row, making it would cost more than comparing them. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The rows of the one piece that has any: a day of a month. */
function onlyRows(pieces: readonly Piece[]): Rows | undefined {
  const [one, ...others] = pieces.filter(({ rows }) => rows.numRows > 0);
  return others.length === 0 ? one?.rows : undefined;
}

/** Pieces that follow each other in time, one behind the other; undefined where they overlap. */
function concatRows(dataset: Dataset, pieces: readonly Piece[]): Rows | undefined {
  let last: bigint | undefined;
  for (const { rows } of pieces) {
    const times = timesOf(dataset, rows.columns);
    if (rows.numRows === 0) continue;
    if (last !== undefined && times[0]! <= last) return undefined;
    last = times[rows.numRows - 1]!;
  }
  const numRows = pieces.reduce((sum, { rows }) => sum + rows.numRows, 0);
  const origins: Origin[] = [];
  const places = new Map<string, number>();
  const origin = new Uint32Array(numRows);
  let at = 0;
  for (const { rows } of pieces) {
    const own = rows.origins.map((each) => {
      const text = JSON.stringify(each);
      const known = places.get(text);
      if (known !== undefined) return known;
      places.set(text, origins.length);
      return origins.push(each) - 1;
    });
    for (let row = 0; row < rows.numRows; row++) origin[at++] = own[rows.origin[row]!]!;
  }
  const names = Object.keys(pieces[0]!.rows.columns);
  const columns = names.map((name) => [name, concat(pieces.map(({ rows }) => rows.columns[name]!), numRows)] as const); // prettier-ignore
  return { numRows, columns: Object.fromEntries(columns), origin, origins };
}

function concat(columns: readonly ColumnArray[], length: number): ColumnArray {
  const [first] = columns;
  if (Array.isArray(first)) return columns.flatMap((column) => column as string[]);
  const into = gather(first!, []) as Float64Array;
  const all = new (into.constructor as Float64ArrayConstructor)(length);
  let at = 0;
  for (const column of columns as readonly Float64Array[]) {
    all.set(column, at);
    at += column.length;
  }
  return all;
}

function sumOf(pieces: readonly Piece[]): Quality | undefined {
  const sum: Record<string, number> = {};
  for (const { quality = {} } of pieces) {
    for (const [name, count] of Object.entries(quality)) sum[name] = (sum[name] ?? 0) + count;
  }
  return Object.keys(sum).length === 0 ? undefined : sum;
}
