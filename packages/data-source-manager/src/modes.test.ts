import { cachePath, DATASETS } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { compose, NOW } from './__fixtures__/compose.ts';
import { FakeCache } from './__fixtures__/fake-cache.ts';
import { BTC, FakeArchive } from './__fixtures__/fake-sources.ts';
import { barsWithin, dayKey, span } from './__fixtures__/market.ts';
import type { Progress } from './contract/answer.ts';
import { batchOf } from './rows/batch-rows.ts';
import { DataSourceManager } from './data-source-manager.ts';
import type { ArchiveSource, SourcePort } from './contract/ports.ts';

const hours = { symbol: 'BTCUSDT', interval: '1h' } as const;
const days = { ...hours, start: '2024-03-01', end: '2024-03-06' };
const all = barsWithin('BTCUSDT', '1h', span('2024-03-01', '2024-03-06'));

/** A source on which nothing at all may be touched. */
const untouchable = new Proxy({} as SourcePort, {
  get: (_, name) => {
    throw new Error(`the source was touched: ${String(name)}`);
  },
});

describe('offline', () => {
  it('touches no source, and says what is not cached', async () => {
    const { cache, manager } = compose();
    await manager.getKlines({ ...days, end: '2024-03-03' });
    const offline = new DataSourceManager({ cache, sources: [untouchable], now: () => Date.parse(NOW) });
    await expect(offline.getKlines(days, { mode: 'offline' })).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
    const { batch, coverage } = await offline.getKlines(days, { mode: 'offline', allow: ['not-cached'] });
    expect(batch.numRows).toBe(48);
    expect(coverage.gaps).toMatchObject([{ kind: 'not-cached', ...span('2024-03-03', '2024-03-06') }]);
  });

  it('needs no source for what is cached', async () => {
    const { cache, manager } = compose();
    await manager.getKlines(days);
    const loads = cache.calls.loadMany;
    const warm = new DataSourceManager({ cache, sources: [untouchable], now: () => Date.parse(NOW) });
    expect((await warm.getKlines(days)).batch).toEqual(all);
    expect(cache.calls.loadMany).toBe(loads + 1);
  });
});

describe('refresh', () => {
  it('asks again for what is there, and keeps the union', async () => {
    const { manager, archive } = compose();
    await manager.getKlines(days);
    archive.revised.set('2024-03-02', { etag: 'new', shift: 7 });
    const { batch, activity } = await manager.getKlines(days, { mode: 'refresh' });
    expect(archive.asked).toHaveLength(10);
    expect(batch.columns.close[24]).toBe(all.columns.close[24]! + 7);
    expect(activity).toMatchObject({ hits: 0, misses: 5 });
  });

  it('loses nothing when the sources fail', async () => {
    const { cache, manager } = compose();
    await manager.getKlines(days);
    const failing = compose({ cache, archive: { failures: { '2024-03-02': 9 } }, rest: { failures: 9 } });
    expect((await failing.manager.getKlines(days, { mode: 'refresh' })).batch).toEqual(all);
  });
});

describe('strict', () => {
  it('lets pass what no source could fill, and what is allowed', async () => {
    const { manager } = compose({ rest: false });
    const { coverage } = await manager.getKlines(
      { ...hours, start: '2024-03-19', end: '2024-03-22' },
      { allow: ['not-cached'] },
    );
    expect(coverage.gaps.map(({ kind }) => kind)).toContain('not-published-yet');
  });

  it('lets pass that the archive has today only tomorrow, and nothing for an empty range', async () => {
    const { manager, archive } = compose({ rest: false });
    const { coverage } = await manager.getKlines({ ...hours, start: '2024-03-19', end: '2024-03-21' });
    expect(coverage.gaps.every(({ kind }) => kind === 'not-published-yet')).toBe(true);
    expect(coverage.gaps[0]).toMatchObject({ start: span('2024-03-20', '2024-03-20').start });
    expect(archive.asked).toEqual(['2024-03-19']);
    const empty = await manager.getKlines({ ...hours, start: '2024-03-19', end: '2024-03-19' });
    expect([empty.batch.numRows, empty.coverage.complete, Object.keys(empty.batch.columns).length]).toEqual([
      0,
      true,
      11,
    ]);
  });

  it('refuses nothing when it is off', async () => {
    const { manager } = compose({ archive: false, rest: false });
    const { batch, coverage } = await manager.getKlines(days, { strict: false });
    expect(batch.numRows).toBe(0);
    expect(coverage.gaps).toMatchObject([{ kind: 'not-cached' }]);
  });

  it('refuses what is not published, in the words of the kernel', async () => {
    const { manager } = compose();
    const wrong = manager.get({
      marketType: 'futures',
      symbol: 'BTCUSDT',
      interval: '1h',
      start: '2024-01-01',
      end: '2024-01-02',
    });
    await expect(wrong).rejects.toMatchObject({
      code: 'E_QUERY',
      details: { code: 'E_KEY_MARKET_TYPE' },
      message: expect.stringContaining('um'),
    });
    const backwards = manager.getKlines({ ...hours, start: '2024-01-02', end: '2024-01-01' });
    await expect(backwards).rejects.toMatchObject({ code: 'E_QUERY', details: { code: 'E_KEY_RANGE' } });
    // @ts-expect-error 1s exists on spot only
    await expect(manager.getKlines<'um'>({ ...days, marketType: 'um', interval: '1s' })).rejects.toMatchObject({
      code: 'E_QUERY',
    });
  });
});

describe('an option that is not valid', () => {
  it.each([
    ['a mode that is misspelt, which would call out', { mode: 'ofline' as never }, 'mode'],
    ['a kind of gap that does not exist', { allow: ['nodata' as never] }, 'allow'],
    ['a column that does not exist', { columns: ['clsoe'] }, 'columns'],
  ])('is refused: %s', async (_, options, option) => {
    const { manager, archive, rest } = compose();
    await expect(manager.getKlines(days, options)).rejects.toMatchObject({ code: 'E_OPTION', details: { option } });
    expect([archive.asked, rest.asked]).toEqual([[], []]);
  });

  it('is refused of plan, segments and the manager as well', async () => {
    const { manager, cache } = compose();
    const first = async (options: object) => {
      for await (const segment of manager.segments(days, options)) return segment;
      return undefined;
    };
    await expect(manager.plan(days, { mode: 'now' as never })).rejects.toMatchObject({ code: 'E_OPTION' });
    await expect(first({ ahead: 0 })).rejects.toMatchObject({ code: 'E_OPTION', details: { option: 'ahead' } });
    await expect(first({ window: 'week' })).rejects.toMatchObject({ code: 'E_OPTION', details: { option: 'window' } });
    expect(() => new DataSourceManager({ cache, concurrency: NaN })).toThrow('concurrency');
  });
});

describe('many who ask at once', () => {
  it('share one download within a process', async () => {
    const { manager, archive } = compose();
    const answers = await Promise.all(Array.from({ length: 5 }, () => manager.getKlines(days)));
    expect(archive.asked).toHaveLength(5);
    expect(answers.every(({ batch }) => batch.numRows === all.numRows)).toBe(true);
  });

  it('share one download across processes that share the cache, through its lease', async () => {
    const cache = new FakeCache();
    const [one, two] = [compose({ cache }), compose({ cache })];
    const whole = { ...hours, start: '2024-01-01', end: '2024-03-06' };
    const [a, b] = await Promise.all([one.manager.getKlines(whole), two.manager.getKlines(whole)]);
    expect(one.archive.asked.length + two.archive.asked.length).toBe(2 + 5);
    expect(a.batch).toEqual(b.batch);
  });
});

describe('a request that is stopped', () => {
  it('ends with its code, keeps every day that had arrived, and is resumed', async () => {
    const controller = new AbortController();
    const { manager, archive, cache } = compose();
    const onProgress = ({ entries }: Progress): void => {
      if (entries.done === 3) controller.abort('enough');
    };
    const stopped = manager.getKlines({ ...days, end: '2024-03-19' }, { signal: controller.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ code: 'E_ABORTED', details: { reason: 'enough' } });
    const kept = cache.entries.size;
    expect(kept).toBeGreaterThanOrEqual(3);
    const before = archive.asked.length;
    await manager.getKlines({ ...days, end: '2024-03-19' });
    expect(archive.asked.length - before).toBe(18 - kept);
  });

  it('asks nothing when its signal was raised before', async () => {
    const { manager, archive, cache } = compose();
    await expect(manager.getKlines(days, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect([archive.asked, cache.calls.loadMany]).toEqual([[], 0]);
  });
});

describe('a cache that cannot store', () => {
  it('is warned of, and the rows are answered from memory', async () => {
    const cache = new FakeCache();
    cache.failSaves = 2;
    const { manager } = compose({ cache });
    const { batch, warnings, coverage } = await manager.getKlines(days);
    expect(batch).toEqual(all);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^2 days or months of BTCUSDT, the first of them 2024-03-0\d, could not be stored: .*E_NO_SPACE/,
      ),
    ]);
    expect(coverage.complete).toBe(true);
    expect(cache.entries.size).toBe(3);
    expect((await manager.getKlines(days, { columns: ['close'] })).batch.columns.close).toEqual(all.columns.close);
  });
});

describe('columns', () => {
  it('come alone when they are asked for alone, from cache and sources alike', async () => {
    const { manager } = compose();
    await manager.getKlines({ ...days, end: '2024-03-05' });
    for (const columns of [['close'], ['open_time', 'close']]) {
      const { batch } = await manager.getKlines(days, { columns });
      expect(Object.keys(batch.columns)).toEqual(columns);
      expect(batch.columns.close).toEqual(all.columns.close);
    }
  });
});

describe('entries that are not quite right', () => {
  it('are fetched when columns are missing from them, and kept when they cannot be', async () => {
    const cache = new FakeCache();
    const key = dayKey('2024-03-02');
    cache.put(key, barsWithin('BTCUSDT', '1h', span('2024-03-02', '2024-03-03')), {
      state: 'degraded',
      source: 'migrated',
      layout: 'old',
    });
    const failing = compose({ cache, archive: { failures: { '2024-03-02': 9 } }, rest: false });
    const kept = await failing.manager.getKlines({ ...days, start: '2024-03-02', end: '2024-03-03' });
    expect(kept.coverage.spans).toMatchObject([{ source: 'migrated', state: 'degraded', layout: 'old' }]);
    const { archive, manager } = compose({ cache });
    const { coverage } = await manager.getKlines(days);
    expect(archive.asked).toContain('2024-03-02');
    expect(coverage.spans.every(({ state, source }) => state === 'complete' && source === 'vision')).toBe(true);
  });

  it('are completed without losing a row, part by part', async () => {
    const cache = new FakeCache();
    const { manager, rest } = compose({ cache, now: '2024-03-20T23:30:00Z' });
    for (const [start, end] of [
      ['04:00', '05:00'],
      ['20:00', '21:00'],
      ['04:30', '12:00'],
      ['00:00', '23:00'],
    ] as const) {
      const { batch } = await manager.getKlines({ ...hours, start: `2024-03-20T${start}Z`, end: `2024-03-20T${end}Z` });
      expect(batch).toEqual(barsWithin('BTCUSDT', '1h', span(`2024-03-20T${start}Z`, `2024-03-20T${end}Z`)));
    }
    // One request each: pieces that lie near each other are asked for together.
    expect(rest.asked).toHaveLength(4);
    expect(cache.entries.get(cachePath(dayKey('2024-03-20')))?.batch.numRows).toBe(23);
  });
});

describe('progress', () => {
  it('tells how far it is', async () => {
    const seen: Progress[] = [];
    const { manager } = compose();
    await manager.getKlines(days, { onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ entries }) => entries)).toEqual([1, 2, 3, 4, 5].map((done) => ({ done, total: 5 })));
    expect(seen.at(-1)).toMatchObject({ rows: 120, bytes: 5000, source: 'vision' });
  });
});

describe('segments', () => {
  const half = { ...hours, start: '2023-09-10', end: '2024-03-05' };

  it('come in the order of time, and are the whole', async () => {
    const { manager } = compose();
    const parts: bigint[] = [];
    let rows = 0;
    for await (const { span: part, batch, coverage } of manager.segments(half)) {
      parts.push(part.start);
      rows += batch.numRows;
      expect(coverage.complete).toBe(true);
    }
    expect(parts).toHaveLength(7);
    expect(parts).toEqual([...parts].sort((a, b) => (a < b ? -1 : 1)));
    expect(rows).toBe(barsWithin('BTCUSDT', '1h', span('2023-09-10', '2024-03-05')).numRows);
  });

  it('tell how far the whole range is, with what the cache holds', async () => {
    const { manager } = compose();
    await manager.getKlines({ ...half, start: '2023-10-01', end: '2023-12-01' });
    const seen: Progress[] = [];
    const parts = manager.segments(half, { onProgress: (progress) => seen.push(progress) });
    while ((await parts.next()).done !== true);
    const total = 177; // days from 10 September to 4 March
    const done = seen.map(({ entries }) => entries.done);
    expect(seen.every(({ entries }) => entries.total === total)).toBe(true);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({
      entries: { done: total, total },
      rows: (30 + 31 + 31 + 29 + 4) * 24,
      etaMs: 0,
    }); // September came whole
  });

  it('are fetched no further ahead than wanted, and stop when their reader does', async () => {
    const { manager, archive } = compose();
    for await (const { span: part } of manager.segments(half, { ahead: 1 })) {
      if (part.start >= span('2023-10-01', '2023-10-01').start) break;
    }
    expect(archive.asked).toEqual(['2023-09', '2023-10']);
  });

  it('throw at the part that is incomplete', async () => {
    const symbols = {
      BTCUSDT: { ...BTC, outages: [span('2023-11-02T05:00', '2023-11-02T06:00')] },
      ETHUSDT: BTC,
      BNBUSDT: BTC,
    };
    const { manager } = compose({ archive: { symbols }, rest: { symbols } });
    let parts = 0;
    await expect(
      (async () => {
        for await (const { batch } of manager.segments(half)) parts += Math.sign(batch.numRows);
      })(),
    ).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
    expect(parts).toBe(2);
  });
});

describe('bars longer than a day', () => {
  it.each(['3d', '1w', '1mo'] as const)('of %s are kept by the month', async (interval) => {
    const { manager, archive, cache } = compose();
    const query = { symbol: 'BTCUSDT', interval, start: '2023-01-01', end: '2024-01-01' };
    const { batch } = await manager.getKlines(query);
    expect(batch).toEqual(barsWithin('BTCUSDT', interval, span('2023-01-01', '2024-01-01')));
    expect(archive.asked).toHaveLength(12);
    expect(cache.entries.size).toBe(12);
    await manager.getKlines(query);
    expect(archive.asked).toHaveLength(12);
  });
});

describe('natures without an interval', () => {
  const trades = DATASETS['binance/um/aggTrades'];

  /** One trade a day, at noon; nothing on the 3rd. */
  class TradesArchive implements ArchiveSource {
    readonly kind = 'archive';
    readonly name = 'vision';
    asked: string[] = [];
    covers(): boolean {
      return true;
    }
    async fetch(key: { date: string }) {
      this.asked.push(key.date);
      if (key.date.length === 7 || key.date === '2024-03-03') return { status: 'missing', evidence: '404' } as const;
      const time = span(`${key.date}T12:00`, `${key.date}T12:00`).start;
      const batch = batchOf(trades, 1, {
        agg_trade_id: BigInt64Array.of(time),
        price: Float64Array.of(1),
        quantity: Float64Array.of(1),
        first_trade_id: BigInt64Array.of(1n),
        last_trade_id: BigInt64Array.of(1n),
        transact_time: BigInt64Array.of(time),
        is_buyer_maker: Uint8Array.of(1),
      });
      return {
        status: 'ok',
        batch,
        facts: { source: 'vision' },
        quality: { rows: 1, duplicates: 0, offGrid: 0, unsorted: 0 },
      } as never;
    }
  }

  it('are covered by the day', async () => {
    const cache = new FakeCache();
    const archive = new TradesArchive();
    const manager = new DataSourceManager({ cache, sources: [archive], now: () => Date.parse('2024-04-20T00:00:00Z') });
    const query = {
      marketType: 'um',
      dataNature: 'aggTrades',
      symbol: 'BTCUSDT',
      start: '2024-03-01T10:00',
      end: '2024-03-05',
    } as const;
    const { batch, coverage } = await manager.get(query, { strict: false });
    expect(batch.numRows).toBe(3);
    expect(batch.columns.price).toBeInstanceOf(Float64Array);
    expect(coverage.spans).toMatchObject([span('2024-03-01T10:00', '2024-03-03'), span('2024-03-04', '2024-03-05')]);
    expect(coverage.gaps).toMatchObject([{ kind: 'publisher-hole', ...span('2024-03-03', '2024-03-04') }]);
    const asked = archive.asked.length;
    const again = await manager.get(query, { strict: false });
    expect(again.batch).toEqual(batch);
    expect(archive.asked).toHaveLength(asked);
  });
});

describe('plan', () => {
  it('shows what a request would take, and fetches nothing', async () => {
    const { manager, archive, rest } = compose();
    const plan = await manager.plan({ ...hours, start: '2023-01-01', end: '2024-03-21' });
    expect(plan).toMatchObject({ requests: 2 * 14 + 2 * 19 + 1, weight: 2, requestsByDay: 2 * 445 });
    expect([archive.asked, rest.asked, archive.listed]).toEqual([[], [], 2]);
  });
});

describe('audit', () => {
  it('fetches again only what was published anew, and writes down what changed', async () => {
    const { cache, archive, rest } = compose();
    const log: unknown[] = [];
    const manager = new DataSourceManager({
      cache,
      sources: [archive, rest],
      now: () => Date.parse(NOW),
      revisions: { append: async (revision) => void log.push(revision) },
    });
    await manager.getKlines({ ...days, end: '2024-03-19' });
    const before = archive.asked.length;
    expect(await manager.audit({ ...days, end: '2024-03-19' })).toMatchObject({
      checked: 18,
      unchanged: 18,
      revisions: [],
      unknown: [],
    });
    expect([archive.asked.length, archive.listed]).toEqual([before, 4]);

    archive.revised.set('2024-03-04', { etag: 'new', shift: 3 });
    const { revisions } = await manager.audit({ ...days, end: '2024-03-19' });
    expect(revisions).toMatchObject([
      {
        key: { date: '2024-03-04' },
        before: { sourceEtag: 'etag-2024-03-04', rows: 24 },
        after: { sourceEtag: 'new', rows: 24 },
        added: 0,
        withdrawn: 0,
      },
    ]);
    expect(revisions[0]!.changed).toHaveLength(24);
    expect(log).toEqual(revisions);
    expect(archive.asked.slice(before)).toEqual(['2024-03-04']);
    expect((await manager.getKlines(days)).batch.columns.close[72]).toBe(all.columns.close[72]! + 3);
    expect(await manager.audit({ ...days, end: '2024-03-19' })).toMatchObject({ unchanged: 18 });
  });

  it('fetches a month that was published anew once, and revises each of its days', async () => {
    const { manager, archive } = compose();
    const january = { ...hours, start: '2024-01-01', end: '2024-02-01' } as const;
    await manager.getKlines(january);
    archive.revised.set('2024-01', { etag: 'new', shift: 2 });
    const { revisions, failed } = await manager.audit(january);
    expect(archive.asked).toEqual(['2024-01', '2024-01']);
    expect(failed).toEqual([]);
    expect(revisions).toHaveLength(31);
    expect(revisions.every(({ changed }) => changed.length === 24)).toBe(true);
    expect(await manager.audit(january)).toMatchObject({ checked: 31, unchanged: 31 });
  });

  it('says of what it knows no ETag that it does not know', async () => {
    const { cache, manager } = compose();
    cache.put(dayKey('2024-03-02'), barsWithin('BTCUSDT', '1h', span('2024-03-02', '2024-03-03')), {});
    expect(await manager.audit(days)).toMatchObject({ checked: 0, unknown: [{ date: '2024-03-02' }] });
  });
});

describe('reconcile', () => {
  it('compares daily, monthly and REST with each other and stores nothing', async () => {
    const { manager, cache } = compose({ archive: { shift: { '2024-01': 4 }, unpublished: ['2024-01-31'] } });
    const { comparisons, missing } = await manager.reconcile({ ...hours, start: '2024-01-30', end: '2024-02-01' });
    expect(missing).toEqual(['vision daily 2024-01-31: 404']);
    expect(
      comparisons.map(({ left, right, common, onlyRight, conflicts }) => [
        left,
        right,
        common,
        onlyRight,
        conflicts.length,
      ]),
    ).toEqual([
      ['vision daily', 'vision monthly', 24, 24, 24],
      ['vision daily', 'rest', 24, 24, 0],
      ['vision monthly', 'rest', 48, 0, 48],
    ]);
    expect(cache.entries.size).toBe(0);
  });
});

describe('verifyAcross', () => {
  it('takes whole longer bars, wherever the range begins and ends', async () => {
    const { manager } = compose();
    const query = { symbol: 'BTCUSDT', start: '2024-03-01', end: '2024-03-03' };
    await manager.getKlines({ ...query, interval: '1m' });
    await manager.getKlines({ ...query, interval: '1h' });
    const odd = { ...query, start: '2024-03-01T10:30', end: '2024-03-01T12:30' };
    expect(await manager.verifyAcross(odd, '1m', '1h')).toMatchObject({ compared: 2, incomplete: 0, onlyFine: [] });
  });

  it('proves cached bars against finer ones, and finds the one that is wrong', async () => {
    const { cache, manager } = compose();
    const query = { symbol: 'BTCUSDT', start: '2024-03-01', end: '2024-03-03' };
    await manager.getKlines({ ...query, interval: '1m' });
    const { resample } = await import('./rows/resample.ts');
    const minutes = (await manager.getKlines({ ...query, interval: '1m' })).batch;
    const dataset = DATASETS['binance/spot/klines'];
    const made = resample(dataset, minutes, { from: '1m', to: '1h' }).batch;
    for (const [date, from] of [
      ['2024-03-01', 0],
      ['2024-03-02', 24],
    ] as const) {
      const columns = Object.fromEntries(
        Object.entries(made.columns).map(([name, column]) => [name, column.slice(from, from + 24)]),
      );
      cache.put(dayKey(date), batchOf(dataset, 24, columns), {});
    }
    expect(await manager.verifyAcross(query, '1m', '1h')).toEqual({
      compared: 48,
      differences: [],
      incomplete: 0,
      onlyCoarse: [],
      onlyFine: [],
    });
    (cache.entries.get(cachePath(dayKey('2024-03-02')))!.batch.columns as unknown as { high: Float64Array }).high[5]! +=
      1;
    expect(await manager.verifyAcross(query, '1m', '1h')).toMatchObject({
      differences: [{ column: 'high', time: span('2024-03-02T05:00', '2024-03-03').start }],
    });
    expect(new FakeArchive().asked).toEqual([]);
  });
});
