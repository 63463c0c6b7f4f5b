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
const outcomes = runs.map((command) => {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, command, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', FORCE_COLOR: '0' },
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  return { name: command.slice(-4).join(' ').replace(`${root}/`, ''), passed: status === 0, seconds };
});
console.log('\n━━ totals of the deep tests');
for (const { name, passed, seconds } of outcomes)
  console.log(`  ${passed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
const minutes = outcomes.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
console.log(`  all of it took ${minutes.toFixed(1)} minutes`);
const failed = printTotals(RESULTS);
process.exit(failed > 0 || outcomes.some(({ passed }) => !passed) ? 1 : 0);
