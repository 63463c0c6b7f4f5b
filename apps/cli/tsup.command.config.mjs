import { commandConfig } from '../../tools/tsup.mjs';

export default commandConfig({ main: 'src/main.ts' }, { later: 'later' });
