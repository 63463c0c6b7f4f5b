// `npm test`: type check and build every project, each once and cached by Nx, then unit tests and end-to-end tests; and
// beside them lint, the fences and the documents. Prints a line per gate, the totals per suite, and the sum alone on the last line.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forgetResults, printTotals } from './totals.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The program of a package; not node_modules/.bin, which holds shell scripts on Windows. */
const bin = (name) => {
  const folder = join(root, 'node_modules', name);
  const { bin: programs } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof programs === 'string' ? programs : programs[name]);
};
const RESULTS = ['results.json', 'fences.json'];

/** Run one after the other, alone: what makes the project graph that the rest asks for. */
const first = [
  ['references', bin('nx'), 'sync:check'],
  ['graph', 'tools/check-graph.mjs'],
];
/** One package waits for another here, which leaves room for lint beside it. */
const builds = [['types, build', bin('nx'), 'run-many', '-t', 'typecheck', 'build', '--outputStyle=static']];
const lint = [['lint', bin('nx'), 'run-many', '-t', 'lint', '--parallel=1', '--outputStyle=static']];
const tests = [['tests', bin('nx'), 'run-many', '-t', 'test', 'e2e', '--outputStyle=static']];
/** Run beside the tests, which wait for browsers, disks and servers, and leave room for what only reads sources. */
const checks = [
  ['fences', 'tools/check-fences.mjs'],
  ['format', bin('prettier'), '--check', '--log-level=warn', '.'],
  [
    'tools',
    bin('eslint'),
    '--max-warnings=0',
    'tools/*.mjs',
    'tools/eslint',
    'tools/bench/*.mjs',
    'tools/repeat/*.mjs',
    'tools/figures/*.mjs',
    'tools/fences/*.mjs',
    '*.config.mjs',
    '*.cjs',
  ],
  [
    'tests of tools',
    '--test',
    '--test-reporter=dot',
    'tools/repeat/plan-rounds.test.mjs',
    'tools/repeat/sources-of.test.mjs',
    'tools/figures/measure-file.test.mjs',
    'tools/figures/doors.test.mjs',
    'tools/figures/clocks.test.mjs',
  ],
  ['paths', 'tools/check-paths.mjs'],
  ['skeleton', 'tools/check-skeleton.mjs'],
  ['rooms', 'tools/check-rooms.mjs'],
  ['version plans', 'tools/check-plans.mjs'],
  ['documents', 'tools/check-docs.mjs'],
  ['datasets', 'tools/dataset-table.mjs', '--check'],
  ['errors', 'tools/error-codes.mjs', '--check'],
  ['natures', 'tools/nature-table.mjs', '--check'],
  ['scale of a bucket', 'tools/scale-page.mjs', '--check'],
  ['api', 'tools/api-reference.mjs', '--check'],
  ['doors', 'tools/check-doors.mjs'],
  ['clocks', 'tools/check-clocks.mjs'],
  ['options', 'tools/option-table.mjs', '--check'],
  ['reference', 'tools/check-reference.mjs'],
  ['unused', bin('knip'), '--no-progress'],
];

const begun = performance.now();
const outcomes = [];
/** Runs one gate. What runs beside another prints its output `whole` when it ends, so that both stay readable. */
function run([name, ...command], output) {
  const started = performance.now();
  const stdio = output === 'live' ? 'inherit' : 'pipe';
  if (output === 'live') console.log(`\n━━ ${name}`);
  const child = spawn(process.execPath, command, {
    cwd: root,
    stdio: ['ignore', stdio, stdio],
    env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', FORCE_COLOR: '0' },
  });
  const printed = [];
  child.stdout?.on('data', (bytes) => printed.push(bytes));
  child.stderr?.on('data', (bytes) => printed.push(bytes));
  return new Promise((resolve) => {
    child.on('close', (status) => {
      if (output === 'whole') process.stdout.write(`\n━━ ${name}\n${Buffer.concat(printed).toString()}`);
      outcomes.push({ name, passed: status === 0, seconds: ((performance.now() - started) / 1000).toFixed(0) });
      resolve();
    });
  });
}

async function runAll(gates, output) {
  for (const gate of gates) await run(gate, output);
}

forgetResults(RESULTS);
await runAll(first, 'live');
const linted = runAll(lint, 'whole');
await runAll(builds, 'live');
await Promise.all([runAll(tests, 'live'), linted.then(() => runAll(checks, 'whole'))]);

console.log('\n━━ totals');
for (const { name, passed, seconds } of outcomes)
  console.log(`  ${passed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
console.log(`  all of it took ${((performance.now() - begun) / 60_000).toFixed(1)} minutes`);
const broken = outcomes.filter(({ passed }) => !passed).map(({ name }) => name);
const failed = printTotals(RESULTS, broken);
process.exit(failed + broken.length > 0 ? 1 : 0);
