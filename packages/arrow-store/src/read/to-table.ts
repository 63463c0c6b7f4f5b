import type { Catalog, ColumnArray, ColumnBatch, Dataset } from '@vision-cache/cache-keys';
import type { Table } from 'apache-arrow';
import { storedSchema } from '../format/open-entry.ts';

/**
 * Columns as an apache-arrow Table: the numbers are not copied, booleans and text are. apache-arrow is loaded when this
 * is first called, because that takes longer than reading a year of bars.
 */
export async function toTable(batch: ColumnBatch, catalog: Catalog): Promise<Table> {
  const arrow = await import('apache-arrow');
  const dataset: Dataset = catalog.datasetOf(batch.dataset);
  const columns: Readonly<Record<string, ColumnArray>> = batch.columns;
  const fields: InstanceType<typeof arrow.Field>[] = [];
  const children: InstanceType<typeof arrow.Data>[] = [];
  for (const { name, type } of storedSchema(dataset)) {
    const column = columns[name];
    if (column === undefined) continue; // Not asked for.
    const data = dataOf(type, column);
    fields.push(new arrow.Field(name, data.type, false));
    children.push(data);
  }
  const schema = new arrow.Schema(fields);
  const data = arrow.makeData({ type: new arrow.Struct(fields), length: batch.numRows, nullCount: 0, children });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);

  function dataOf(type: ReturnType<typeof storedSchema>[number]['type'], column: ColumnArray) {
    switch (type) {
      case 'timestamp':
        return arrow.makeData({
          type: new arrow.TimestampMicrosecond('UTC'),
          data: column as BigInt64Array,
          nullCount: 0,
        });
      case 'int64':
        return arrow.makeData({ type: new arrow.Int64(), data: column as BigInt64Array, nullCount: 0 });
      case 'float64':
        return arrow.makeData({ type: new arrow.Float64(), data: column as Float64Array, nullCount: 0 });
      case 'bool':
        return arrow.vectorFromArray(Array.from(column as Uint8Array, Boolean), new arrow.Bool()).data[0]!;
      case 'text':
        return arrow.vectorFromArray(column as readonly string[], new arrow.Utf8()).data[0]!;
    }
  }
}
