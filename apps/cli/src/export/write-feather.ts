import type { ColumnArray, Dataset } from '@vision-cache/cache-keys';
import {
  Bool,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { Rows } from '../rows/read-rows.ts';
import { newFile } from './new-file.ts';

/** Rows as a Feather file (Arrow's file format), uncompressed, a record batch for each entry of the cache. */
export function writeFeather(
  path: string,
  rows: AsyncIterable<Rows>,
  dataset: Dataset,
  columns: readonly string[],
): Promise<{ rows: number; bytes: number }> {
  return newFile(path, async (write) => {
    const writer = new RecordBatchFileWriter();
    // What the writer makes is taken as it comes, so that a long range needs the memory of one batch.
    const taking = (async () => {
      for await (const bytes of writer as AsyncIterable<Uint8Array>) write(bytes);
    })();
    let number = 0;
    try {
      for await (const each of rows) {
        if (each.numRows === 0) continue;
        writer.write(batchOf(each, dataset, columns));
        number += each.numRows;
        await new Promise(setImmediate);
      }
      writer.finish();
    } catch (error) {
      writer.abort(error);
      await taking.catch(() => undefined);
      throw error;
    }
    await taking;
    return number;
  });
}

function batchOf({ numRows, columns }: Rows, dataset: Dataset, names: readonly string[]): RecordBatch {
  const children = names.map((name) => dataOf(dataset.columns[name]!.type, columns[name]!));
  const fields = names.map((name, index) => new Field(name, children[index]!.type, false));
  const data = makeData({ type: new Struct(fields), length: numRows, nullCount: 0, children });
  return new RecordBatch(new Schema(fields), data);
}

function dataOf(type: Dataset['columns'][string]['type'], column: ColumnArray) {
  switch (type) {
    case 'timestamp':
      return makeData({ type: new TimestampMicrosecond('UTC'), data: column as BigInt64Array, nullCount: 0 });
    case 'int64':
      return makeData({ type: new Int64(), data: column as BigInt64Array, nullCount: 0 });
    case 'float64':
      return makeData({ type: new Float64(), data: column as Float64Array, nullCount: 0 });
    case 'bool':
      return vectorFromArray(Array.from(column as Uint8Array, Boolean), new Bool()).data[0]!;
    case 'text':
      return vectorFromArray(column as readonly string[], new Utf8()).data[0]!;
  }
}
