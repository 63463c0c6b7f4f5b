import { describe, expect, it } from '@jest/globals';
import { type CacheKey, daysBetween, utcDay } from '@vision-cache/cache-keys';
import type { ArchiveSource, CachePort } from '../contract/ports.ts';
import type { RememberedSymbols, SymbolsFolder } from '../contract/universe.ts';
import { DataSourceManager } from '../data-source-manager.ts';

type Lives = readonly (readonly [first: string, end: string])[];

/** An archive of names and days that counts what it is asked for, with a cache that keeps lists, and a clock. */
function shop(truth: Record<string, Lives>) {
  const asked: string[] = [];
  const lists = new Map<string, RememberedSymbols>();
  const clock = { now: Date.parse('2024-03-20T12:00Z') };
  const failing = new Set<string>();
  const archive: ArchiveSource = {
    kind: 'archive',
    name: 'vision',
    covers: ({ dataNature }) => dataNature === 'klines',
    fetch: () => Promise.reject(new Error('nobody fetches')),
    names: () => {
      asked.push('names');
      return Promise.resolve(Object.keys(truth));
    },
    async *dates({ symbol, date }: CacheKey) {
      asked.push(symbol);
      await Promise.resolve();
      if (failing.has(symbol)) throw new Error('no listing');
      const now = utcDay(clock.now);
      for (const [first, end] of truth[symbol] ?? [])
        for (const day of daysBetween(first, end < now ? end : now)) if (day >= date) yield day;
    },
  };
  const idOf = (of: SymbolsFolder) => JSON.stringify(of);
  const cache = {
    symbols: (of: SymbolsFolder) => Promise.resolve(lists.get(idOf(of))),
    saveSymbols: (of: SymbolsFolder, list: RememberedSymbols) => {
      lists.set(idOf(of), list);
      return Promise.resolve();
    },
  } as unknown as CachePort;
  const manager = new DataSourceManager({ cache, sources: [archive], now: () => clock.now });
  const since = (): string[] => asked.splice(0).sort();
  return { manager, cache, archive, asked, since, clock, failing, truth };
}

const OPEN = '2100-01-01';
const LIVES: Record<string, Lives> = {
  BTCUSDT: [['2023-01-01', OPEN]],
  GONEUSDT: [['2023-01-01', '2023-06-01']],
  LITUSDT: [
    ['2023-01-01', '2023-05-13'],
    ['2023-05-31', OPEN],
  ],
  'not a symbol': [['2023-01-01', OPEN]],
  NONEUSDT: [],
};

describe('symbols', () => {
  it('tells first and last day, who is gone and who was listed again', async () => {
    const { manager, clock } = shop(LIVES);
    const { source, askedAt, symbols } = await manager.symbols();
    expect([source, askedAt]).toEqual(['vision', BigInt(clock.now) * 1000n]);
    const one = (first: string, last: string) => ({ first, last, lives: [{ first, last }] });
    expect(symbols).toEqual([
      { symbol: 'BTCUSDT', ...one('2023-01-01', '2024-03-19'), delisted: false },
      { symbol: 'GONEUSDT', ...one('2023-01-01', '2023-05-31'), delisted: true },
      {
        symbol: 'LITUSDT',
        first: '2023-01-01',
        last: '2024-03-19',
        delisted: false,
        lives: [
          { first: '2023-01-01', last: '2023-05-12' },
          { first: '2023-05-31', last: '2024-03-19' },
        ],
      },
    ]);
  });

  it('asks once for each symbol, then not at all, and later only for new ones and those that were still traded', async () => {
    const { manager, since, clock, truth } = shop({ ...LIVES });
    await manager.symbols();
    expect(since()).toEqual(['BTCUSDT', 'GONEUSDT', 'LITUSDT', 'NONEUSDT', 'names']);
    await manager.symbols({ marketType: 'spot', interval: '1d' }, { maxAgeMs: 1 });
    expect(since()).toEqual([]);
    clock.now += 40 * 86_400_000;
    truth['NEWUSDT'] = [['2024-04-01', OPEN]];
    const told: unknown[] = [];
    const { symbols } = await manager.symbols({}, { onProgress: (progress) => told.push(progress) });
    expect(since()).toEqual(['BTCUSDT', 'LITUSDT', 'NEWUSDT', 'NONEUSDT', 'names']);
    expect(told.at(-1)).toEqual({ done: 4, total: 4 });
    expect(symbols.map(({ symbol, lives }) => [symbol, lives.length, lives.at(-1)?.last])).toEqual([
      ['BTCUSDT', 1, '2024-04-28'],
      ['GONEUSDT', 1, '2023-05-31'],
      ['LITUSDT', 2, '2024-04-28'],
      ['NEWUSDT', 1, '2024-04-28'],
    ]);
    await manager.symbols({}, { anew: true });
    expect(since()).toEqual(['BTCUSDT', 'GONEUSDT', 'LITUSDT', 'NEWUSDT', 'NONEUSDT', 'names']);
  });

  it('keeps what had arrived when a listing fails, and takes no symbol for gone that was not asked', async () => {
    const { manager, since, clock, failing } = shop({ ...LIVES });
    await manager.symbols();
    clock.now += 60 * 86_400_000;
    failing.add('LITUSDT');
    await expect(manager.symbols()).rejects.toThrow('no listing');
    failing.clear();
    since();
    const { symbols } = await manager.symbols();
    expect(since()).toContain('LITUSDT');
    expect(symbols.filter(({ delisted }) => delisted).map(({ symbol }) => symbol)).toEqual(['GONEUSDT']);
    expect(symbols.find(({ symbol }) => symbol === 'LITUSDT')?.lives).toHaveLength(2);
  });

  it('keeps the intervals apart, and answers from the cache where no source lists', async () => {
    const { manager, cache, since } = shop(LIVES);
    const answer = await manager.symbols({ interval: '1h' });
    since();
    await manager.symbols({ interval: '1d' });
    expect(since()).toContain('names');
    const offline = new DataSourceManager({ cache, sources: [] });
    expect(await offline.symbols({ interval: '1h' })).toEqual(answer);
    await expect(offline.symbols({ marketType: 'um' })).rejects.toMatchObject({ code: 'E_QUERY' });
    await expect(manager.symbols({ dataNature: 'nothing' })).rejects.toMatchObject({ code: 'E_QUERY' });
    await expect(manager.symbols({ marketType: 'um', interval: '1s' })).rejects.toMatchObject({ code: 'E_QUERY' });
  });

  it('stops by its signal', async () => {
    const { manager } = shop(LIVES);
    const stop = new AbortController();
    const asked = manager.symbols({}, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(asked).rejects.toMatchObject({ code: 'E_ABORTED' });
  });
});

describe('universeAt', () => {
  it.each([
    ['2022-12-31', []],
    ['2023-05-12', ['BTCUSDT', 'GONEUSDT', 'LITUSDT']],
    ['2023-05-20', ['BTCUSDT', 'GONEUSDT']],
    ['2023-05-31T23:59:59Z', ['BTCUSDT', 'GONEUSDT', 'LITUSDT']],
    ['2023-06-01', ['BTCUSDT', 'LITUSDT']],
  ])('%s', async (date, expected) => {
    const { manager } = shop(LIVES);
    expect((await manager.universeAt(date)).map(({ symbol }) => symbol)).toEqual(expected);
  });
});
