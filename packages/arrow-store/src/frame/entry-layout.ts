import type { Column, ColumnType, Dataset } from '@vision-cache/cache-keys';
import { storedColumns } from '@vision-cache/cache-keys';

/** Every buffer of the body, and the body itself, starts at a multiple of this, as the Arrow format recommends. */
const ALIGNMENT = 64;

/** Node reads no more at once, and no entry is larger. */
export const MOST_BYTES = 2 ** 31 - 1;

export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

export interface StoredColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** A stretch of the body, relative to its start. */
export interface BufferPlace {
  readonly offset: number;
  readonly length: number;
}

/** Where a column's values stand in the body; the offsets of a text column come before its bytes. */
export interface ColumnPlace extends BufferPlace {
  readonly name: string;
  readonly type: ColumnType;
  readonly textOffsets?: BufferPlace;
}

export interface BodyLayout {
  readonly columns: readonly ColumnPlace[];
  readonly length: number;
}

/** The columns of a dataset's files, in their order. */
export function schemaOf(dataset: Dataset): readonly StoredColumn[] {
  return storedColumns(dataset).map((name) => ({ name, type: (dataset.columns[name] as Column).type }));
}

/** Bytes of a column of so many rows; of a text column, those of its offsets. */
function columnBytes(type: ColumnType, rows: number): number {
  if (type === 'bool') return Math.ceil(rows / 8);
  return type === 'text' ? 4 * (rows + 1) : 8 * rows;
}

/** The body of a file is a function of its columns, its rows, and how many bytes its texts have. */
export function bodyLayout(
  schema: readonly StoredColumn[],
  rows: number,
  textBytes: readonly number[] = [],
): BodyLayout {
  let end = 0;
  let texts = 0;
  const place = (length: number): BufferPlace => {
    const offset = end;
    end += aligned(length);
    return { offset, length };
  };
  const columns = schema.map(({ name, type }): ColumnPlace => {
    const first = place(columnBytes(type, rows));
    if (type !== 'text') return { name, type, ...first };
    return { name, type, ...place(textBytes[texts++] ?? 0), textOffsets: first };
  });
  return { columns, length: end };
}
