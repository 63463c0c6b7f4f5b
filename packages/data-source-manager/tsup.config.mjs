import { libraryConfig } from '../../tools/tsup.mjs';

export default libraryConfig(
  {
    index: 'src/index.ts',
  },
  { platform: 'neutral' },
);
