// `npm test`: build, lint, type check, unit tests and end-to-end tests of every project, each once and cached by Nx,
// then the fences and the documents. Prints a line per gate, the totals per suite, and the sum alone on the last line.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { forgetResults, printTotals } from './totals.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const resolve = createRequire(import.meta.url).resolve;
const RESULTS = ['results.json', 'fences.json'];

const gates = [
  [
    'projects',
    resolve('nx/bin/nx.js'),
    'run-many',
    '-t',
    'lint',
    'typecheck',
    'build',
    'test',
    'e2e',
    '--outputStyle=static',
  ],
  ['references', resolve('nx/bin/nx.js'), 'sync:check'],
  ['graph', 'tools/check-graph.mjs'],
  ['paths', 'tools/check-paths.mjs'],
  ['fences', 'tools/check-fences.mjs'],
  ['skeleton', 'tools/check-skeleton.mjs'],
  ['documents', 'tools/check-docs.mjs'],
  ['unused', resolve('knip/package.json').replace('package.json', 'bin/knip.js'), '--no-progress'],
  [
    'format',
    resolve('prettier/package.json').replace('package.json', 'bin/prettier.cjs'),
    '--check',
    '--log-level=warn',
    '.',
  ],
];

forgetResults(RESULTS);
const outcomes = [];
for (const [name, ...command] of gates) {
  console.log(`\n━━ ${name}`);
  const started = performance.now();
  const { status } = spawnSync(process.execPath, command, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', FORCE_COLOR: '0' },
  });
  outcomes.push({ name, passed: status === 0, seconds: ((performance.now() - started) / 1000).toFixed(0) });
}

console.log('\n━━ totals');
for (const { name, passed, seconds } of outcomes)
  console.log(`  ${passed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
const brokenGates = outcomes.filter(({ passed }) => !passed).length;
if (brokenGates > 0) {
  console.log(
    `\nFailed gates: ${outcomes
      .filter(({ passed }) => !passed)
      .map(({ name }) => name)
      .join(', ')}`,
  );
}
const failed = printTotals(RESULTS);
process.exit(failed + brokenGates > 0 ? 1 : 0);
