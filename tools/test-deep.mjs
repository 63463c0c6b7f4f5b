// `npm run test:deep`: what is too slow for every commit. Runs the script `test:deep` of every project that has one,
// the packages against every supported TypeScript and Node, the rehearsal of a release, and TypeDoc over every entry.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { forgetResults, printTotals } from './totals.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
const RESULTS = ['deep.json', 'matrix.json', 'rehearsal.json'];

forgetResults(RESULTS);
const runs = [
  [nx, 'run-many', '-t', 'test:deep', '--parallel=1', '--outputStyle=static'],
  ['tools/check-packages.mjs', '--matrix'],
  ['tools/rehearse-release.mjs'],
];
const broken = runs.filter(
  (command) =>
    spawnSync(process.execPath, command, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', FORCE_COLOR: '0' },
    }).status !== 0,
);
console.log('\n━━ totals of the deep tests');
for (const command of broken) console.log(`  FAILED  ${command.slice(-4).join(' ')}`);
const failed = printTotals(RESULTS);
process.exit(failed + broken.length > 0 ? 1 : 0);
