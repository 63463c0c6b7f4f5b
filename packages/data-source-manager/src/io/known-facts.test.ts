import { describe, expect, it } from '@jest/globals';
import { BINANCE, type CacheKey, cacheKey, epochMicroseconds } from '@vision-cache/cache-keys';
import type { AbsentFacts, KnownFacts } from '../contract/ports.ts';
import { knownFacts } from './known-facts.ts';

describe(knownFacts, () => {
  const of = { marketType: 'spot', dataNature: 'klines', symbol: 'LITUSDT', interval: '1d' } as const;
  const days = ['2025-03-31', '2025-04-01'].map((date) => cacheKey({ ...of, date }));
  const askedAt = epochMicroseconds('2026-01-01');
  const absence: AbsentFacts = {
    state: 'absent',
    source: 'vision',
    kind: 'delisted',
    evidence: 'vision: not in the listing',
    askedAt,
    believedUntil: askedAt + 1000n,
  };
  const told = async (keys: readonly CacheKey[], now: bigint, kind = absence.kind) => {
    const asked: string[] = [];
    const cache = {
      coverage: (of: readonly CacheKey[]) => {
        asked.push(...of.map(({ date }) => date));
        return Promise.resolve(
          of.map(({ date }): KnownFacts => (date === '2025-04' ? { ...absence, kind } : undefined)),
        );
      },
    };
    const facts = await knownFacts(cache, BINANCE, keys, now);
    return { asked, states: facts.map((each) => each?.state) };
  };

  it('takes what is remembered of a month for its days, as long as that is believed', async () => {
    expect((await told(days, askedAt + 1n)).states).toEqual([undefined, 'absent']);
    expect((await told(days, askedAt + 1000n)).states).toEqual([undefined, undefined]);
  });

  it.each(['not-published-yet', 'publisher-hole', 'no-data'] as const)(
    'takes nothing from a month without a file, whose days may have files: %s',
    async (kind) => {
      expect((await told(days, askedAt, kind)).states).toEqual([undefined, undefined]);
    },
  );

  it('looks at a month once, and at none for what is not published by the month', async () => {
    const april = ['2025-04-01', '2025-04-02'];
    const bars = april.map((date) => cacheKey({ ...of, date }));
    expect((await told(bars, askedAt)).asked).toEqual([...april, '2025-04']);
    const metrics = april.map((date) => cacheKey({ marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT', date }));
    expect((await told(metrics, askedAt)).asked).toEqual(april);
  });
});
