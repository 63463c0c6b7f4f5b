import { libraryConfig } from '../../tools/tsup.mjs';

export default libraryConfig({
  index: 'src/index.ts',
  rest: 'src/rest/index.ts',
  testing: 'src/testing/index.ts',
  'platform/browser': 'src/platform/browser.ts',
  'platform/node': 'src/platform/node.ts',
});
