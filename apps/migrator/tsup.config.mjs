import { appConfig } from '../../tools/tsup.mjs';

export default appConfig({ main: 'src/main.ts', index: 'src/index.ts' }, { bundle: true });
