export {
  ArrowStoreError,
  type ArrowStoreErrorCode,
  type ArrowStoreErrorDetails,
  isArrowStoreError,
} from './contract/errors.ts';
export { type ParquetOptions, type ParquetReport, writeParquet } from './parquet/write-parquet.ts';
export { type RowsOfColumns } from './parquet/row-groups.ts';
