import type { ColumnArray, Dataset } from '@vision-cache/cache-keys';
import { ArrowStoreError } from '../contract/errors.ts';
import { unknownColumn } from '../format/decode-entry.ts';
import { slice } from '../rows/rows.ts';
import { type BodyLayout, aligned } from '../frame/entry-layout.ts';
import { storedSchema } from '../format/open-entry.ts';
import { uninitialised } from '../store/memory.ts';
import type { LoadManyOptions } from './load-options.ts';

/** Stretches of a file that are read in one call: whole columns of the destination, and bytes between them. */
export interface Run {
  /** Counted from the start of the body. */
  readonly offset: number;
  readonly length: number;
  readonly pieces: readonly { readonly bytes: Uint8Array; readonly isColumn: boolean }[];
}

/** The memory of a run from a row on. */
export function placesOf({ pieces }: Run, row: number, rows: number): Uint8Array[] {
  const places = new Array<Uint8Array>(pieces.length);
  for (let index = 0; index < pieces.length; index++) {
    const { bytes, isColumn } = pieces[index]!;
    places[index] = isColumn ? new Uint8Array(bytes.buffer, bytes.byteOffset + row * 8, rows * 8) : bytes;
  }
  return places;
}

/** Columns with room for a number of rows that are filled piece by piece: the caller's own memory, or new. */
export class Destination {
  readonly dataset: Dataset;
  readonly columns: Readonly<Record<string, ColumnArray>>;
  /** The bytes of each number column, and for the others nothing. */
  readonly bytes: ReadonlyMap<string, Uint8Array>;
  /** The caller's memory, where there may be more rows than it has room for. */
  readonly limit: { readonly name: string; readonly rows: number } | undefined;
  readonly #bytesPerRow: number;
  readonly #room: number;
  #planned: BodyLayout | undefined;
  #runs: readonly Run[] | undefined;

  /** In the caller's memory there is as much room as there is; in new memory, as is asked for. */
  constructor(dataset: Dataset, wanted: number, { columns: names, into }: LoadManyOptions) {
    this.dataset = dataset;
    const schema = storedSchema(dataset);
    const all = schema.map(({ name }) => name);
    const unknown = [...(names ?? []), ...Object.keys(into ?? {})].find((name) => !all.includes(name));
    if (unknown !== undefined) throw unknownColumn(dataset, all, unknown);
    const columns: Record<string, ColumnArray> = {};
    const bytes = new Map<string, Uint8Array>();
    let bytesPerRow = 0;
    const [least] = Object.entries(into ?? {}).sort(([, a], [, b]) => a.length - b.length);
    const isLimited = least !== undefined && least[1].length < wanted;
    const rows = isLimited ? least[1].length : wanted;
    this.limit = isLimited ? { name: least[0], rows } : undefined;
    this.#room = rows;
    for (const { name, type } of schema) {
      if (names?.includes(name) === false) continue;
      if (type === 'text') {
        columns[name] = new Array<string>(rows).fill('');
        continue;
      }
      const width = type === 'bool' ? 1 : 8;
      const memory = given(into?.[name], name, type, rows, width) ?? uninitialised(rows * width);
      bytesPerRow += width;
      if (type === 'bool') columns[name] = memory;
      else {
        bytes.set(name, memory);
        const Kind = type === 'float64' ? Float64Array : BigInt64Array;
        columns[name] = new Kind(memory.buffer as ArrayBuffer, memory.byteOffset, rows);
      }
    }
    this.columns = columns;
    this.bytes = bytes;
    this.#bytesPerRow = bytesPerRow;
  }

  /** How files of a layout are read into the columns; undefined if some of them are not stored as they are answered. */
  runsOf(layout: BodyLayout): readonly Run[] | undefined {
    if (layout === this.#planned) return this.#runs;
    this.#planned = layout;
    this.#runs = this.bytes.size === Object.keys(this.columns).length ? planRuns(layout, this.bytes) : undefined;
    return this.#runs;
  }

  hasRoom(row: number, rows: number): boolean {
    return row + rows <= this.#room;
  }

  /** The columns with just the rows that there are. */
  finish(rows: number): Readonly<Record<string, ColumnArray>> {
    if (rows === this.#room) return this.columns;
    return Object.fromEntries(Object.entries(this.columns).map(([name, column]) => [name, slice(column, 0, rows)]));
  }

  bytesOf(rows: number): number {
    return rows * this.#bytesPerRow;
  }

  /** As large as all of it is. */
  get size(): number {
    return this.bytesOf(this.#room);
  }

  /** Copies rows that are in memory already. */
  put(columns: Readonly<Record<string, ColumnArray>>, row: number): void {
    for (const [name, column] of Object.entries(this.columns)) putColumn(column, columns[name]!, row);
  }
}

/** Columns that stand side by side are read in one go, each with the padding behind it, which gets memory of its own. */
function planRuns(layout: BodyLayout, destination: ReadonlyMap<string, Uint8Array>): readonly Run[] {
  const runs: { offset: number; length: number; pieces: { bytes: Uint8Array; isColumn: boolean }[] }[] = [];
  let end = -1; // of the column before, of which there is none yet
  for (const { name, offset, length } of layout.columns) {
    const bytes = destination.get(name);
    if (bytes === undefined) continue;
    if (offset !== end) runs.push({ offset, length: 0, pieces: [] });
    const run = runs[runs.length - 1]!;
    run.pieces.push({ bytes, isColumn: true });
    end = aligned(offset + length);
    const padding = end - offset - length;
    if (padding > 0) run.pieces.push({ bytes: new Uint8Array(padding), isColumn: false });
    run.length = end - run.offset;
  }
  return runs;
}

function putColumn(into: ColumnArray, column: ColumnArray, row: number): void {
  if (ArrayBuffer.isView(into)) (into as Float64Array).set(column as Float64Array, row);
  else for (let index = 0; index < column.length; index++) (into as string[])[row + index] = column[index] as string;
}

const KIND = {
  float64: 'Float64Array',
  timestamp: 'BigInt64Array',
  int64: 'BigInt64Array',
  bool: 'Uint8Array',
} as const;

/** The caller's memory for a column, if there is any and it fits. */
function given(
  memory: unknown,
  name: string,
  type: keyof typeof KIND,
  rows: number,
  width: number,
): Uint8Array | undefined {
  if (memory === undefined) return undefined;
  const found = Object.prototype.toString.call(memory).slice(8, -1);
  const expected = `${KIND[type]} of at least ${rows} values`;
  if (found === KIND[type] && (memory as Float64Array).length >= rows) {
    const { buffer, byteOffset } = memory as Float64Array;
    return new Uint8Array(buffer, byteOffset, rows * width);
  }
  const length = ArrayBuffer.isView(memory) ? ` of ${(memory as Float64Array).length} values` : '';
  const details = { path: undefined, expected, found: `${found}${length}` };
  throw new ArrowStoreError('E_BUFFER', `The memory for ${name} does not fit: it must be a ${expected}.`, details);
}
