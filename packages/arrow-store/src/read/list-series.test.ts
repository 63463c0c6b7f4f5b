import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UnifiedCacheManager } from '../index.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';

afterEach(removeTempRoots);

const put = (root: string, path: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), 'not looked into');
};

describe('series', () => {
  it('tells each series with its days or months, in order, by names alone', async () => {
    const root = tempRoot();
    for (const day of ['2024-01-03', '2024-01-01']) put(root, `binance/spot/klines/daily/BTCUSDT/1m/${day}.arrow`);
    put(root, 'binance/spot/klines/monthly/BTCUSDT/1w/2024-01.arrow');
    put(root, 'binance/um/metrics/daily/ETHUSDT/2024-02-01.arrow');
    const found = [];
    for await (const each of new UnifiedCacheManager({ root }).series()) found.push(each);
    expect(found.map(({ folder, dates }) => [folder, dates])).toEqual([
      ['binance/spot/klines/daily/BTCUSDT/1m', ['2024-01-01', '2024-01-03']],
      ['binance/spot/klines/monthly/BTCUSDT/1w', ['2024-01']],
      ['binance/um/metrics/daily/ETHUSDT', ['2024-02-01']],
    ]);
    expect(found[2]).toMatchObject({ marketType: 'um', dataNature: 'metrics', symbol: 'ETHUSDT', interval: undefined });
  });

  it('passes over what is no entry: other names, links, folders of no dataset', async () => {
    const root = tempRoot();
    const folder = 'binance/spot/klines/daily/BTCUSDT/1m';
    put(root, `${folder}/2024-01-01.arrow`);
    put(root, `${folder}/2024-13-01.arrow`);
    put(root, `${folder}/notes.txt`);
    put(root, 'binance/spot/candles/daily/BTCUSDT/1m/2024-01-01.arrow');
    symlinkSync(join(root, `${folder}/2024-01-01.arrow`), join(root, `${folder}/2024-01-02.arrow`));
    const found = [];
    for await (const each of new UnifiedCacheManager({ root }).series({ exchange: 'binance' })) found.push(each.dates);
    expect(found).toEqual([['2024-01-01']]);
  });

  it('is empty where there is no cache', async () => {
    for await (const each of new UnifiedCacheManager({ root: join(tempRoot(), 'none') }).series())
      throw new Error(each.folder);
  });
});

describe('work', () => {
  it('is done by one at a time, and the second is told by whom', async () => {
    const root = tempRoot();
    const held = await new UnifiedCacheManager({ root }).work('sync');
    const second = new UnifiedCacheManager({ root });
    await expect(second.work('sync')).rejects.toMatchObject({
      code: 'E_LOCKED',
      details: { owner: expect.stringContaining(`process ${String(process.pid)}`) },
    });
    (await second.work('another')).release();
    held.release();
    (await second.work('sync')).release();
  });
});
