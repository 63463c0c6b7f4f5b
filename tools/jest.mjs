// The one way a project starts jest: ES modules on, and a JSON result beside it, from which
// `npm test` sums its closing totals. Further arguments go to jest.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const name = process.env['VISION_CACHE_RESULT'] ?? 'results';
const outputFile = join(process.cwd(), 'test-output', `${name}.json`);
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
    ...process.argv.slice(2),
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
process.exit(status ?? 1);
