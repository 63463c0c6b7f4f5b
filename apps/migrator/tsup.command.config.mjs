import { commandConfig } from '../../tools/tsup.mjs';

export default commandConfig({ main: 'src/cli/main.ts' }, { later: 'later' });
