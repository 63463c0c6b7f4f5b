import { libraryConfig } from '../../tools/tsup.mjs';

export default libraryConfig({
  index: 'src/index.ts',
  rest: 'src/rest/index.ts',
  testing: 'src/testing/index.ts',
});
