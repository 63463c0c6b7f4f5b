import { libraryConfig } from '../../tools/tsup.mjs';

export default libraryConfig({
  index: 'src/index.ts',
  decode: 'src/decode.ts',
  legacy: 'src/legacy.ts',
  opentelemetry: 'src/opentelemetry.ts',
  parquet: 'src/parquet.ts',
  s3: 'src/s3.ts',
});
