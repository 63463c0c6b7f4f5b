// `npm test`: build, lint, type check, unit tests and end-to-end tests of every project, each once and cached by Nx,
// then the fences and the documents. Prints a line per gate, the totals per suite, and the sum alone on the last line.
import { spawnSync } from 'node:child_process';
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

const gates = [
  ['projects', bin('nx'), 'run-many', '-t', 'lint', 'typecheck', 'build', 'test', 'e2e', '--outputStyle=static'],
  [
    'tools',
    bin('eslint'),
    '--max-warnings=0',
    'tools/*.mjs',
    'tools/eslint',
    'tools/bench/*.mjs',
    '*.config.mjs',
    '*.cjs',
  ],
  ['references', bin('nx'), 'sync:check'],
  ['graph', 'tools/check-graph.mjs'],
  ['paths', 'tools/check-paths.mjs'],
  ['fences', 'tools/check-fences.mjs'],
  ['skeleton', 'tools/check-skeleton.mjs'],
  ['documents', 'tools/check-docs.mjs'],
  ['datasets', 'tools/dataset-table.mjs', '--check'],
  ['errors', 'tools/error-codes.mjs', '--check'],
  ['api', 'tools/api-reference.mjs', '--check'],
  ['unused', bin('knip'), '--no-progress'],
  ['format', bin('prettier'), '--check', '--log-level=warn', '.'],
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
