import {
  BINANCE,
  type BinanceDataset,
  type CacheKey,
  cacheKey,
  type ColumnBatch,
  expectedOpenTimes,
  nextOpenTime,
  spanOf,
  timeSpan,
} from '@vision-cache/cache-keys';
import type { CachePort, EntryFacts, KnownFacts } from '@vision-cache/data-source-manager';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

export interface OpenCache {
  readonly cache: CachePort;
  /** Damages the file of a key, where the cache has files. */
  readonly damage?: (key: CacheKey) => void;
  /** The same cache as another process sees it. */
  readonly again: () => CachePort;
  readonly close: () => void | Promise<void>;
}

type Spot = Extract<BinanceDataset, { id: 'binance/spot/klines' }>;
const DATASET = BINANCE.datasetOf<Spot>('binance/spot/klines' as never);
const AS_OF = '2024-06-01';
const span = (start: string, end: string) => timeSpan(start, end);
const day = (date: string): CacheKey<Spot> => cacheKey({ symbol: 'BTCUSDT', interval: '1h', date });

/** Bars of a span; `shift` makes other prices of them. */
function bars(start: string, end: string, shift = 0, offGrid = 0n): ColumnBatch<Spot> {
  const times = expectedOpenTimes('1h', start, end).map((time) => time + offGrid);
  const of = (value: (time: bigint) => number): Float64Array => Float64Array.from(times, value);
  const price = (time: bigint): number => Number((time / 3_600_000_000n) % 997n) + 100 + shift;
  return {
    dataset: DATASET.id,
    numRows: times.length,
    columns: {
      open_time: times,
      open: of(price),
      high: of((time) => price(time) + 2),
      low: of((time) => price(time) - 2),
      close: of((time) => price(time) + 1),
      volume: of(price),
      close_time: BigInt64Array.from(times, (time) => nextOpenTime('1h', time - offGrid) - 1n),
      quote_volume: of(price),
      count: BigInt64Array.from(times, () => 3n),
      taker_buy_volume: of(price),
      taker_buy_quote_volume: of(price),
    },
  };
}

const entry = (known: KnownFacts): EntryFacts => {
  if (known === undefined || known.state === 'absent')
    throw new Error(`an entry was expected, not ${String(known?.state)}`);
  return known;
};
const closes = (batch: ColumnBatch<Spot>): number[] => [...batch.columns.close];

/** What the engine relies on in any cache: run it against yours. */
export function cachePortContract(name: string, open: () => OpenCache | Promise<OpenCache>): void {
  describe(`${name} as a CachePort`, () => {
    let opened: OpenCache;
    let cache: CachePort;
    beforeEach(async () => {
      opened = await open();
      cache = opened.cache;
    });
    afterEach(async () => {
      await opened.close();
    });
    const vision = { source: 'vision', asOf: AS_OF } as const;
    const rest = { source: 'rest', asOf: AS_OF } as const;

    it('knows nothing of what was never saved', async () => {
      expect(await cache.coverage([day('2024-01-01'), day('2024-01-02')])).toEqual([undefined, undefined]);
      const { batch, entries } = await cache.loadMany([day('2024-01-01')]);
      expect([batch.numRows, entries]).toEqual([0, [undefined]]);
    });

    it('gives back what was saved, with its facts', async () => {
      const rows = bars('2024-01-01', '2024-01-02');
      const facts = {
        ...vision,
        sourceUrl: 'https://x/y.zip',
        sourceSha256: 'a'.repeat(64),
        sourceEtag: 'e',
        sourceLastModified: '2024-01-02T04:00:00Z',
      };
      const saved = await cache.save(day('2024-01-01'), rows, facts);
      const { asOf: _, ...source } = facts;
      const expected = {
        ...source,
        state: 'complete',
        layout: 'new',
        rows: 24,
        spans: [spanOf('2024-01-01')],
        holes: [],
      };
      expect(saved).toMatchObject({ facts: expected, conflicts: [] });
      expect(await cache.coverage([day('2024-01-01')])).toMatchObject([expected]);
      const { batch, entries } = await opened.again().loadMany([day('2024-01-01')]);
      expect(entries).toMatchObject([expected]);
      expect(batch).toEqual(rows);
    });

    it('joins many entries in the order of their keys, and passes over those that are not there', async () => {
      for (const date of ['2024-01-01', '2024-01-03']) {
        await cache.save(day(date), bars(date, `${date}T23:30`), vision);
      }
      const keys = ['2024-01-01', '2024-01-02', '2024-01-03'].map(day);
      const { batch, entries } = await cache.loadMany(keys);
      expect(batch.numRows).toBe(48);
      expect(entries.map((known) => known?.state)).toEqual(['complete', undefined, 'complete']);
      const times = batch.columns.open_time;
      expect([times[0], times[24], times[47]]).toEqual([
        span('2024-01-01', '2024-01-02').start,
        spanOf('2024-01-03').start,
        spanOf('2024-01-03').end - 3_600_000_000n,
      ]);
    });

    it('cuts to a range and to columns', async () => {
      await cache.save(day('2024-01-01'), bars('2024-01-01', '2024-01-02'), vision);
      await cache.save(day('2024-01-02'), bars('2024-01-02', '2024-01-03'), vision);
      const { batch } = await cache.loadMany([day('2024-01-01'), day('2024-01-02')], {
        start: '2024-01-01T20:00',
        end: '2024-01-02T02:00',
        columns: ['open_time', 'close'],
      });
      expect(Object.keys(batch.columns)).toEqual(['open_time', 'close']);
      expect(batch.columns.open_time).toEqual(expectedOpenTimes('1h', '2024-01-01T20:00', '2024-01-02T02:00'));
      const { batch: single } = await cache.loadMany([day('2024-01-01')], { columns: ['close'] });
      expect([Object.keys(single.columns), single.numRows]).toEqual([['close'], 24]);
    });

    it('unites parts, and never takes less for more', async () => {
      const key = day('2024-01-01');
      const [morning, evening] = [span('2024-01-01', '2024-01-01T06:00'), span('2024-01-01T18:00', '2024-01-02')];
      await cache.save(key, bars('2024-01-01', '2024-01-01T06:00'), { ...rest, spans: [morning] });
      const second = await cache.save(key, bars('2024-01-01T18:00', '2024-01-02'), { ...rest, spans: [evening] });
      expect(second.facts).toMatchObject({ state: 'partial', rows: 12, spans: [morning, evening], holes: [] });
      const whole = await cache.save(key, bars('2024-01-01', '2024-01-02'), vision);
      expect(whole.facts).toMatchObject({ state: 'complete', rows: 24, source: 'vision' });
      const less = await cache.save(key, bars('2024-01-01T05:00', '2024-01-01T06:00'), {
        ...rest,
        spans: [span('2024-01-01T05:00', '2024-01-01T06:00')],
      });
      expect(less.facts).toMatchObject({ state: 'complete', rows: 24, source: 'vision' });
      expect((await cache.loadMany([key])).batch).toEqual(bars('2024-01-01', '2024-01-02'));
    });

    it('keeps the archive over REST, the later of equals, and tells both values', async () => {
      const key = day('2024-01-01');
      await cache.save(key, bars('2024-01-01', '2024-01-02', 5), rest);
      const first = await cache.save(key, bars('2024-01-01', '2024-01-02'), vision);
      expect(first.conflicts).toContainEqual(
        expect.objectContaining({ column: 'close', keptSource: 'vision', droppedSource: 'rest' }),
      );
      expect(closes((await cache.loadMany([key])).batch)).toEqual(closes(bars('2024-01-01', '2024-01-02')));
      await cache.save(key, bars('2024-01-01', '2024-01-02', 9), rest);
      expect(closes((await cache.loadMany([key])).batch)).toEqual(closes(bars('2024-01-01', '2024-01-02')));
      await cache.save(key, bars('2024-01-01', '2024-01-02', 7), vision);
      expect(closes((await cache.loadMany([key])).batch)).toEqual(closes(bars('2024-01-01', '2024-01-02', 7)));
    });

    it('finds holes by itself, keeps what explains them, and takes explanations without rows', async () => {
      const key = day('2024-01-01');
      const [early, late] = [span('2024-01-01', '2024-01-01T02:00'), span('2024-01-01T12:00', '2024-01-02')];
      const why = { kind: 'exchange-outage', evidence: 'table' };
      const saved = await cache.save(key, bars('2024-01-01T02:00', '2024-01-01T12:00'), {
        ...vision,
        holes: [{ ...early, ...why }],
      });
      expect(saved.facts).toMatchObject({ state: 'complete', rows: 10, holes: [{ ...early, ...why }, late] });
      expect(saved.facts.holes[1]!.kind).toBeUndefined();

      const told = { kind: 'no-data', evidence: 'asked' };
      const empty = bars('2024-01-01', '2024-01-01');
      expect(empty.numRows).toBe(0);
      const explained = await cache.save(key, empty, { ...vision, spans: [late], holes: [{ ...late, ...told }] });
      expect(explained.facts).toMatchObject({
        source: 'vision',
        rows: 10,
        holes: [
          { ...early, ...why },
          { ...late, ...told },
        ],
      });
      const [known] = await opened.again().coverage([key]);
      expect(entry(known)).toMatchObject({
        state: 'complete',
        holes: [
          { ...early, ...why },
          { ...late, ...told },
        ],
      });

      await cache.save(key, bars('2024-01-01T12:00', '2024-01-02'), { ...rest, spans: [late] });
      expect(entry((await cache.coverage([key]))[0]).holes).toEqual([{ ...early, ...why }]);
    });

    it('takes no place for empty that it was told a bar opens in', async () => {
      const key = day('2024-01-01');
      const hours = span('2024-01-01', '2024-01-02');
      await cache.save(key, bars('2024-01-01', '2024-01-02', 0, 14_789_000n), {
        ...vision,
        holes: [{ ...hours, kind: 'off-grid' }],
      });
      const [known] = await cache.coverage([key]);
      expect(entry(known)).toMatchObject({ state: 'complete', rows: 24 });
      expect(entry(known).holes.every(({ kind }) => kind === 'off-grid')).toBe(true);
    });

    it('can hold that a part was answered for without a row', async () => {
      const key = day('2024-01-01');
      const part = span('2024-01-01T03:00', '2024-01-01T05:00');
      const hole = { ...part, kind: 'no-data', evidence: 'asked' };
      await cache.save(key, bars('2024-01-01', '2024-01-01'), { ...rest, spans: [part], holes: [hole] });
      const { batch, entries } = await opened.again().loadMany([key]);
      expect(batch.numRows).toBe(0);
      expect(entries).toMatchObject([{ state: 'partial', rows: 0, spans: [part], holes: [hole] }]);
    });

    it('refuses a bar that was not closed', async () => {
      await expect(
        cache.save(day('2024-01-01'), bars('2024-01-01', '2024-01-02'), { ...vision, asOf: '2024-01-01T23:59' }),
      ).rejects.toThrow();
      expect(await cache.coverage([day('2024-01-01')])).toEqual([undefined]);
    });

    it('remembers what is absent, a month of days too, until rows come', async () => {
      const month = cacheKey({ symbol: 'BTCUSDT', interval: '1h', packagingFrequency: 'monthly', date: '2024-01' });
      const facts = {
        source: 'vision, rest',
        kind: 'no-data',
        evidence: '404',
        askedAt: 1n,
        believedUntil: spanOf('2024-02-01').start,
      };
      await cache.saveAbsent(day('2024-01-01'), facts);
      await cache.saveAbsent(month, { ...facts, kind: 'not-listed-yet' });
      const other = opened.again();
      expect(await other.coverage([day('2024-01-01'), month, day('2024-01-02')])).toEqual([
        { state: 'absent', ...facts },
        { state: 'absent', ...facts, kind: 'not-listed-yet' },
        undefined,
      ]);
      expect((await other.loadMany([day('2024-01-01')])).entries).toEqual([{ state: 'absent', ...facts }]);
      await other.saveAbsent(day('2024-01-01'), { ...facts, evidence: 'again' });
      expect(await cache.coverage([day('2024-01-01')])).toEqual([{ state: 'absent', ...facts, evidence: 'again' }]);
      await cache.save(day('2024-01-01'), bars('2024-01-01', '2024-01-02'), vision);
      expect(await cache.coverage([day('2024-01-01')])).toMatchObject([{ state: 'complete' }]);
    });

    it('lets one fetch at a time, and whoever fetches save', async () => {
      if (cache.lease === undefined) return;
      const key = day('2024-01-01');
      const order: string[] = [];
      const held = await cache.lease(key);
      const other = opened.again();
      const waiting = other.lease!(key).then((lease) => {
        order.push('second');
        return lease;
      });
      await cache.save(key, bars('2024-01-01', '2024-01-02'), vision);
      order.push('saved');
      const impatient = new AbortController();
      const stopped = opened.again().lease!(key, { signal: impatient.signal });
      impatient.abort();
      await expect(stopped).rejects.toThrow();
      await held.release();
      await (await waiting).release();
      expect(order).toEqual(['saved', 'second']);
    });

    it('saves many as it saves each', async () => {
      if (cache.saveMany === undefined) return;
      const dates = ['2024-01-01', '2024-01-02', '2024-01-03'];
      const results = await cache.saveMany(
        dates.map((date) => ({ key: day(date), batch: bars(date, `${date}T23:30`), facts: vision })),
      );
      expect(results.map(({ facts }) => facts.rows)).toEqual([24, 24, 24]);
      expect((await opened.again().loadMany(dates.map(day))).batch).toEqual(bars('2024-01-01', '2024-01-04'));
    });

    it('takes a damaged entry for a miss, and heals it with the next save', async () => {
      if (opened.damage === undefined) return;
      const key = day('2024-01-01');
      await cache.save(key, bars('2024-01-01', '2024-01-02'), vision);
      await cache.save(day('2024-01-02'), bars('2024-01-02', '2024-01-03'), vision);
      opened.damage(key);
      const other = opened.again();
      const { batch, entries } = await other.loadMany([key, day('2024-01-02')]);
      expect([batch.numRows, entries[0], entries[1]?.state]).toEqual([24, undefined, 'complete']);
      await other.save(key, bars('2024-01-01', '2024-01-02'), vision);
      expect((await other.loadMany([key])).batch.numRows).toBe(24);
    });

    it('keeps every row when many save parts of one day at once', async () => {
      const key = day('2024-01-01');
      const hours = Array.from({ length: 24 }, (_, hour) =>
        timeSpan(
          spanOf('2024-01-01').start + BigInt(hour) * 3_600_000_000n,
          spanOf('2024-01-01').start + BigInt(hour + 1) * 3_600_000_000n,
        ),
      );
      const iso = (at: bigint): string => new Date(Number(at / 1000n)).toISOString();
      await Promise.all(
        hours.map((hour, index) =>
          (index % 2 === 0 ? cache : opened.again()).save(key, bars(iso(hour.start), iso(hour.end)), {
            ...rest,
            spans: [hour],
          }),
        ),
      );
      expect((await cache.loadMany([key])).batch).toEqual(bars('2024-01-01', '2024-01-02'));
      expect(await cache.coverage([key])).toMatchObject([{ state: 'complete', rows: 24 }]);
    });
  });
}
