import { describe, expect, it } from '@jest/globals';
import { createSyntheticArchive } from './index.ts';

describe('an archive of all symbols', () => {
  it('lists what it serves, and stays small', () => {
    const symbols = Array.from({ length: 1559 }, (_, at) => `S${at}USDT`);
    const before = process.memoryUsage().rss;
    const archive = createSyntheticArchive({ symbols, now: '2025-06-01' });
    const page = archive.list({ prefix: 'data/spot/daily/klines/S7USDT/1m/' });
    let wrong = 0;
    for (const each of page.contents.slice(0, 40)) {
      const object = archive.object(each.key)!;
      if (object.etag !== each.etag || object.size !== each.size || object.lastModified !== each.lastModified) wrong++;
    }
    for (const symbol of symbols.slice(0, 20)) {
      archive.list({ prefix: `data/spot/daily/klines/${symbol}/1h/`, maxKeys: 10 });
      archive.object(`data/spot/daily/klines/${symbol}/1h/${symbol}-1h-2024-01-15.zip`);
    }
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    expect({ wrong, isSmall: grown < 200 }).toEqual({ wrong: 0, isSmall: true });
  });
});
