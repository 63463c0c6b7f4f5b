import { appConfig } from '../../tools/tsup.mjs';

export default appConfig(
  { index: 'src/index.ts', later: 'src/later/later.ts', 'decode-worker': 'src/later/decode-worker.ts' },
  { bundle: true, extension: '.mjs' },
);
