import { appConfig } from '../../tools/tsup.mjs';

export default appConfig({ index: 'src/index.ts', command: 'src/command.ts' }, { bundle: false });
