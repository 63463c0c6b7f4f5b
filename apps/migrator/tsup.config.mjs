import { appConfig } from '../../tools/tsup.mjs';

export default appConfig(
  { index: 'src/index.ts', later: 'src/later.ts', command: 'src/command.ts' },
  { bundle: true, extension: '.mjs' },
);
