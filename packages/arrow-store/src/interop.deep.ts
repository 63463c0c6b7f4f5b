import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { batches, expected, savedTree } from './interop.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';

afterAll(removeTempRoots);

/** 116 MB of a compiled program: too much to be installed with every clone. npm leaves the binary out unless it is named. */
const VERSION = '0.26.1';
const BINARY = `nodejs-polars-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;

function installed(): string | undefined {
  const folder = tempRoot();
  const packages = [`nodejs-polars@${VERSION}`, `${BINARY}@${VERSION}`];
  const { status } = spawnSync(
    'npm',
    ['install', '--prefix', folder, '--prefer-offline', '--no-audit', '--no-fund', '--silent', ...packages],
    { stdio: 'ignore', timeout: 120_000 },
  );
  return status === 0 ? folder : undefined;
}

const polars = installed();
if (polars === undefined) console.warn(`SKIPPED: the tree read by polars: npm cannot install ${BINARY} here.`);

describe('a tree that this package wrote', () => {
  (polars === undefined ? it.skip : it)(
    'is read by polars itself, file by file and each dataset in one scan',
    async () => {
      const root = await savedTree();
      const file = join(tempRoot(), 'expected.json');
      writeFileSync(file, JSON.stringify(expected()));
      const script = fileURLToPath(new URL('interop.fixture.mjs', import.meta.url));
      const run = spawnSync(process.execPath, [script, polars!, root, file], { encoding: 'utf8' });
      expect({ status: run.status, stderr: run.status === 0 ? '' : run.stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(run.stdout)).toEqual({ files: batches.length });
    },
  );
});
