import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readLegacyKlines } from '@vision-cache/arrow-store/legacy';
import { cacheKey, DATASETS, type Interval, parseLegacyPath } from '@vision-cache/cache-keys';
import { createSyntheticArchive } from '@vision-cache/vision-client/testing';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { lz4Frame } from './lz4-frame.ts';
import { writeOldCache } from './write-old-cache.ts';

const archive = createSyntheticArchive({ symbols: ['BTCUSDT', 'ETHUSDT', { symbol: 'BTCUSDT', marketType: 'um' }] });
let root: string;
let paths: string[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'old-cache-'));
  await writeOldCache(root, archive);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.arrow'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe(writeOldCache, () => {
  it('has every generation', () => {
    const met = new Set(
      paths.flatMap((path) => {
        const parsed = parseLegacyPath(path);
        return parsed.status === 'unknown' ? [] : parsed.generations;
      }),
    );
    expect([...met].sort()).toEqual([
      'G0',
      'G1',
      'G10',
      'G2',
      'G3',
      'G4',
      'G5',
      'G5b',
      'G6',
      'G7',
      'G8',
      'G9',
      'N',
      'S',
    ]);
  });

  it('holds the rows of the market that the archive has, in every form', async () => {
    const sound = paths.filter(
      (path) => !path.startsWith('ETHUSDT/1h/2025-05-1') && !path.startsWith('ETHUSDT/1h/2025-02'),
    );
    expect(sound.length).toBeGreaterThan(20);
    for (const path of sound) {
      const parsed = parseLegacyPath(path);
      if (parsed.status === 'unknown') throw new Error(`${path}: ${parsed.reason}`);
      const marketType = parsed.marketType ?? 'spot';
      const interval = parsed.intervals[0] as Interval;
      const { batch } = await readLegacyKlines(join(root, path), {
        dataset: DATASETS[`binance/${marketType as 'spot'}/klines`],
        interval,
      });
      const day = new Date(Number(batch.columns.open_time[0]! / 1000n)).toISOString().slice(0, 10);
      const truth = archive.rows(cacheKey({ marketType, symbol: parsed.symbol, interval, date: day } as never));
      const { open, close, volume, count } = truth.columns as typeof batch.columns;
      const rows = truth.numRows;
      expect([...batch.columns.open.subarray(0, rows)]).toEqual([...open]);
      expect([...batch.columns.close.subarray(0, rows)]).toEqual([...close]);
      expect([...batch.columns.volume.subarray(0, rows)]).toEqual([...volume]);
      expect([...batch.columns.count.subarray(0, rows)]).toEqual([...count]);
    }
  });

  it('writes Feather files that really are compressed', async () => {
    const [feather] = paths.filter(
      (path) => parseLegacyPath(path).status !== 'unknown' && path.startsWith('BINANCE/KLINES/BTCUSDT'),
    );
    const { compression } = await readLegacyKlines(join(root, feather!), {
      dataset: DATASETS['binance/spot/klines'],
      interval: '1h',
    });
    expect(compression).toContain('lz4');
  });
});

describe(lz4Frame, () => {
  it('makes what repeats small', () => {
    expect(lz4Frame(new Uint8Array(10_000)).length).toBeLessThan(100);
  });
});
