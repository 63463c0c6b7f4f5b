// The one way a project starts jest: ES modules on, and a JSON result beside it, from which `npm test` sums its closing
// totals. `--deep` runs *.deep.ts, what is too slow for every commit. Further arguments go to jest. A package's whole suite
// measures what it covers.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const deep = process.argv.includes('--deep');
const furtherArguments = process.argv.slice(2).filter((argument) => argument !== '--deep');
const measuresCoverage = !deep && furtherArguments.length === 0 && basename(dirname(process.cwd())) === 'packages';
const outputFile = join(process.cwd(), 'test-output', deep ? 'deep.json' : 'results.json');
mkdirSync(join(process.cwd(), 'test-output'), { recursive: true });
rmSync(outputFile, { force: true });

const child = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--passWithNoTests',
    '--json',
    `--outputFile=${outputFile}`,
    ...(deep ? ['--testMatch', '**/*.deep.ts', '--testTimeout=600000'] : []),
    ...(measuresCoverage ? ['--coverage', '--coverageReporters=json-summary'] : []),
    ...furtherArguments,
  ],
  // With --json jest repeats the whole result on stdout; what people read goes to stderr. The group of its own is for
  // the workers: one that spins outlives the jest that started it.
  { stdio: ['ignore', 'ignore', 'inherit'], detached: process.platform !== 'win32' },
);

function kill() {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

const limitMinutes = Number(process.env.VISION_CACHE_JEST_MINUTES ?? (deep ? 60 : 6));
const timer = setTimeout(() => {
  console.error(`jest did not end within ${limitMinutes} minutes and was stopped`);
  kill();
}, limitMinutes * 60_000);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    kill();
    process.exit(1);
  });
}
child.on('close', (status) => {
  clearTimeout(timer);
  // A run that left no result must not vanish from the totals.
  if (!existsSync(outputFile)) {
    writeFileSync(outputFile, JSON.stringify({ numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 }));
  }
  process.exit(status ?? 1);
});
