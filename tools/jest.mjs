// The one way a project starts jest: ES modules on, and a JSON result beside it, from which `npm test` sums its closing
// totals. `--deep` runs *.deep.ts, what is too slow for every commit. Further arguments go to jest.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const deep = process.argv.includes('--deep');
const outputFile = join(process.cwd(), 'test-output', deep ? 'deep.json' : 'results.json');
mkdirSync(join(process.cwd(), 'test-output'), { recursive: true });
rmSync(outputFile, { force: true });

const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--passWithNoTests',
    '--json',
    `--outputFile=${outputFile}`,
    ...(deep ? ['--testMatch', '**/*.deep.ts', '--testTimeout=600000'] : []),
    ...process.argv.slice(2).filter((argument) => argument !== '--deep'),
  ],
  // With --json jest repeats the whole result on stdout; what people read goes to stderr.
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
process.exit(status ?? 1);
