import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheKey, cachePath, legacyCachePath } from '@vision-cache/cache-keys';
import { newestSeries } from './newest-series.ts';

const roots: string[] = [];
afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

async function rootWith(...paths: string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'newest-series-'));
  roots.push(root);
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '');
  }
  return root;
}

const um = cacheKey({ marketType: 'um', symbol: 'ETHUSDT', interval: '1h', date: '2024-03-05' });
const spot = cacheKey({ symbol: 'BTCUSDT', interval: '5m', date: '2024-03-09' });

describe(newestSeries, () => {
  it('is that of the newest entry, under the new path or the old one', async () => {
    expect(await newestSeries(await rootWith(cachePath(um)))).toMatchObject({ marketType: 'um', symbol: 'ETHUSDT' });
    expect(await newestSeries(await rootWith(cachePath(um), legacyCachePath(spot)!))).toMatchObject({
      marketType: 'spot',
      symbol: 'BTCUSDT',
      interval: '5m',
      to: Date.UTC(2024, 2, 10),
    });
  });

  it('is none where nothing can be read where it lies', async () => {
    expect(await newestSeries(await rootWith('notes.txt', 'data/SOLUSDT/1h/202401.arrow'))).toBeUndefined();
  });
});
