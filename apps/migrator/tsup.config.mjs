import { appConfig } from '../../tools/tsup.mjs';

export default appConfig(
  {
    index: 'src/index.ts',
    later: 'src/cli/later.ts',
    'decode-worker': 'src/old-cache/decode-worker.ts',
    command: 'src/cli/command.ts',
    'exit-codes': 'src/contract/exit-codes.ts',
    units: 'src/report/units.ts',
  },
  { bundle: true, extension: '.mjs' },
);
