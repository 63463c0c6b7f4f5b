import { libraryConfig } from '../../tools/tsup.mjs';

export default libraryConfig(
  {
    index: 'src/index.ts',
    'platform/node': 'src/platform/node.ts',
    'platform/browser': 'src/platform/browser.ts',
  },
  // Which of the two platforms is meant is decided where the package is used.
  { platform: 'neutral', imports: { '#platform': 'src/platform/node.ts' } },
);
