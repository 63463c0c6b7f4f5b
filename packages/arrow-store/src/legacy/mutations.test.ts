import { afterEach, describe, expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { bars, ipc, pandasColumns } from '../containers/old-file.fixture.ts';
import { parquet } from '../containers/parquet.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { type Worst, readMutations } from './mutations.fixture.ts';

afterEach(removeTempRoots);

const data = process.env['VISION_CACHE_REAL_DATA'] ?? '';
const variants = join(data, 'legacy-variants');
const hasReal = data !== '' && existsSync(variants);
if (!hasReal) console.warn('SKIPPED: mutations of the real old files; VISION_CACHE_REAL_DATA is not set.');

const folder = dirname(createRequire(import.meta.url).resolve('./mutations.fixture.ts'));
const COUNT = 2000;

/** In a process of its own, whose memory is that of the mutations. */
function measured(file: string): Worst & { readonly grownMiB: number } {
  const outfile = join(tempRoot(), 'mutations.mjs');
  buildSync({
    stdin: {
      contents: `import { readFileSync } from 'node:fs'; import { readMutations } from './mutations.fixture.ts';
        const bytes = new Uint8Array(readFileSync(${JSON.stringify(file)}));
        readMutations(bytes, 20, 99);
        const before = process.resourceUsage().maxRSS;
        const worst = readMutations(bytes, ${COUNT}, 1);
        process.stdout.write(JSON.stringify({ ...worst, grownMiB: (process.resourceUsage().maxRSS - before) / 1024 }));`,
      resolveDir: folder,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@vision-cache/source'],
    logLevel: 'silent',
  });
  return JSON.parse(execFileSync(process.execPath, [outfile], { encoding: 'utf8', timeout: 120_000 })) as never;
}

function expectBounded(file: string): void {
  const { milliseconds, grownMiB, uncoded, read, refused } = measured(file);
  expect(read + refused).toBe(COUNT);
  expect(uncoded).toEqual([]);
  expect(milliseconds).toBeLessThan(1000);
  expect(grownMiB).toBeLessThan(256);
}

const old = bars(500);
const made: Readonly<Record<string, Uint8Array>> = {
  'an IPC file': ipc(pandasColumns(old)),
  'an IPC stream': ipc(pandasColumns(old), 'stream'),
  'Parquet with Snappy': parquet(old),
  'Parquet with dictionaries, LZ4 and groups': parquet(old, { encoding: 'dictionary', codec: 'lz4', groups: 5 }),
  'Parquet with gzip, of the second kind of pages': parquet(old, { codec: 'gzip', page: 2 }),
};

describe(`${COUNT} mutations of one file, none above a second or 256 MiB:`, () => {
  it.each(Object.entries(made))('%s', (_, bytes) => {
    const file = join(tempRoot(), 'old.arrow');
    writeFileSync(file, bytes);
    expectBounded(file);
  });

  it('end with an error of this package in this process as well, where they are refused', () => {
    const { uncoded, refused } = readMutations(made['an IPC file']!, 100, 7);
    expect([uncoded, refused > 0]).toEqual([[], true]);
  });

  (hasReal ? it : it.skip).each(['A-us-utc', 'D-dict-symbol', 'D-feather-zstd', 'D-ipc-stream', 'D-ipc-stream-lz4', 'D-ipc-stream-zstd', 'D-multibatch', 'E-polars-lz4', 'E-polars-cat', 'E-polars-utf8view', 'E-polars-parquet'])(
    'the real %s',
    (id) => {
      expectBounded(join(variants, id, 'BTCUSDT/1h/2024-01-01.arrow'));
    },
  ); // prettier-ignore
});
