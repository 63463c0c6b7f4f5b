import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { BINANCE, cacheKey, epochMicroseconds } from '@vision-cache/cache-keys';
import { afterAll, describe, expect, it } from '@jest/globals';
import { removeTempFolders, tempFolder } from '../__fixtures__/command.fixture.ts';
import { knownFacts } from './known-facts.ts';

describe('what the cache knows of days', () => {
  afterAll(removeTempFolders);
  const of = { marketType: 'spot', dataNature: 'klines', symbol: 'LITUSDT', interval: '1d' } as const;
  const days = ['2025-03-31', '2025-04-01'].map((date) => cacheKey({ ...of, date }));
  const asked = epochMicroseconds('2026-01-01');

  it('is also what it remembers of their month, as long as that is believed', async () => {
    const cache = new UnifiedCacheManager({ root: tempFolder() });
    const absence = {
      source: 'vision',
      kind: 'delisted',
      evidence: 'vision: not in the listing',
      askedAt: asked,
      believedUntil: asked + 1000n,
    };
    await cache.saveAbsent(cacheKey({ ...of, packagingFrequency: 'monthly', date: '2025-04' }), absence);
    const known = async (now: bigint) =>
      (await knownFacts(cache, BINANCE, days, now)).map((facts) =>
        facts?.state === 'absent' ? facts.kind : undefined,
      );
    expect(await known(asked + 1n)).toEqual([undefined, 'delisted']);
    expect(await known(asked + 1000n)).toEqual([undefined, undefined]);
  });
});
