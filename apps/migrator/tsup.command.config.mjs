import { commandConfig } from '../../tools/tsup.mjs';

// What it needs at once is in the one piece as well: the command runs without node_modules.
export default { ...commandConfig({ main: 'src/cli/main.ts' }, { later: 'later' }), noExternal: [/.*/] };
