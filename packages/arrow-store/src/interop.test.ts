import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ColumnArray, cachePath } from '@vision-cache/cache-keys';
import { tableFromIPC as flechetteTable } from '@uwdata/flechette';
import { tableFromIPC } from 'apache-arrow';
import { batches, expected, savedTree } from './interop.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';

const python = process.env.VISION_CACHE_PYTHON ?? 'python3';
const script = fileURLToPath(new URL('interop.fixture.py', import.meta.url));
/** pandas reads Arrow files by pyarrow. */
const has = (library: string) =>
  spawnSync(python, ['-c', `import pyarrow, ${library}`.replace('pyarrow, polars', 'polars')], { stdio: 'ignore' })
    .status === 0;
const LIBRARIES = ['pyarrow', 'pandas', 'polars'].map((library) => [library, has(library)] as const);
for (const [library, isThere] of LIBRARIES) {
  if (!isThere) console.warn(`SKIPPED: the tree read by ${library}, which ${python} cannot import here.`);
}

describe('a tree that this package wrote', () => {
  let root = '';
  beforeAll(async () => {
    root = await savedTree();
  });
  afterAll(removeTempRoots);

  for (const [library, isThere] of LIBRARIES) {
    (isThere ? it : it.skip)(`is read by ${library}, one by one and as a whole`, () => {
      const file = join(tempRoot(), 'expected.json');
      writeFileSync(file, JSON.stringify(expected()));
      const { status, stdout, stderr } = spawnSync(python, [script, root, file, library], { encoding: 'utf8' });
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({ library, files: batches.length });
    });
  }

  it('is read by apache-arrow and flechette, value for value', () => {
    for (const [key, { numRows, columns }] of batches) {
      const bytes = readFileSync(join(root, cachePath(key)));
      const arrow = tableFromIPC(bytes);
      const flechette = flechetteTable(bytes, { useBigInt: true });
      expect([arrow.numRows, flechette.numRows]).toEqual([numRows, numRows]);
      for (const [name, column] of Object.entries(columns as Readonly<Record<string, ColumnArray>>)) {
        const isTime = column instanceof BigInt64Array && arrow.getChild(name)!.type.typeId === 10;
        const values = Array.from(column as Iterable<string | number | bigint>, (value) =>
          isTime ? Number(value) / 1000 : value,
        );
        const flags = arrow.getChild(name)!.type.typeId === 6 ? values.map((value) => value === 1) : values;
        expect([...arrow.getChild(name)!]).toEqual(flags);
        expect(Array.from(flechette.getChild(name).toArray() as Iterable<unknown>)).toEqual(flags);
      }
    }
  });
});
