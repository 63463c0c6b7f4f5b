import { BINANCE, type CacheKey, type ColumnBatch, spanOf, timeSpan } from '@vision-cache/cache-keys';
import type { ArchiveSource, RangeSource } from '@vision-cache/data-source-manager';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

/** A source over an archive whose truth is known. BTCUSDT is listed from 2024-01-10T06:00 on; it is 2024-03-20T12:30. */
export interface OpenSource<S> {
  readonly source: S;
  /** What the market did on that day or month. */
  readonly truth: (key: CacheKey) => ColumnBatch;
  /** From now on every request fails. */
  readonly fail: () => void;
  /** Requests so far. */
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}

const key = (date: string, packagingFrequency = 'daily', interval = '1h', symbol = 'BTCUSDT'): CacheKey =>
  BINANCE.cacheKey({ symbol, interval, date, packagingFrequency } as never);
const columns = (batch: ColumnBatch): Record<string, unknown[]> =>
  Object.fromEntries(
    Object.entries(batch.columns as Record<string, Iterable<unknown>>).map(([name, column]) => [name, [...column]]),
  );

/** What the engine relies on in any source of days and months. */
export function archiveSourceContract(name: string, open: () => Promise<OpenSource<ArchiveSource>>): void {
  describe(`${name} as an ArchiveSource`, () => {
    let opened: OpenSource<ArchiveSource>;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.close();
    });

    it('has a name, and says what it covers', () => {
      const { source } = opened;
      expect([source.kind, source.name.length > 0, source.name.includes(',')]).toEqual(['archive', true, false]);
      expect(source.covers(key('2024-03-01'))).toBe(true);
    });

    it.each([
      ['daily', '2024-03-01'],
      ['monthly', '2024-02'],
      ['daily', '2024-01-10'],
    ] as const)('gives the rows of a %s object, with where they are from', async (frequency, date) => {
      const of = key(date, frequency);
      const answer = await opened.source.fetch(of);
      if (answer.status !== 'ok') throw new Error('the object is published');
      expect(columns(answer.batch)).toEqual(columns(opened.truth(of)));
      expect(answer.facts.source).toBe(opened.source.name);
      expect(answer.facts.sourceSha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
      expect(answer.quality.rows).toBe(answer.batch.numRows);
    });

    it('answers what is not published with a value', async () => {
      for (const of of [
        key('2024-03-20'),
        key('2024-01-09'),
        key('2024-03', 'monthly'),
        key('2024-03-01', 'daily', '1h', 'NOSUCHUSDT'),
      ]) {
        expect(await opened.source.fetch(of)).toEqual({ status: 'missing', evidence: expect.any(String) });
      }
    });

    it('throws when it fails, and when it is told to stop', async () => {
      await expect(opened.source.fetch(key('2024-03-01'), { signal: AbortSignal.abort() })).rejects.toThrow();
      expect(opened.requests()).toBe(0);
      opened.fail();
      await expect(opened.source.fetch(key('2024-03-01'))).rejects.toThrow();
    });

    it('lists what is published from a date on, in order, and no further than is read', async () => {
      const { source } = opened;
      if (source.list === undefined) return;
      const dates: string[] = [];
      for await (const object of source.list(key('2024-03-01'))) {
        dates.push(object.key.date);
        expect(object).toEqual({
          key: key(object.key.date),
          size: expect.any(Number) as never,
          etag: expect.stringMatching(/^[0-9a-f]+$/) as never,
          lastModified: expect.any(String) as never,
        });
      }
      expect(dates[0]).toBe('2024-03-01');
      expect(dates).toEqual([...dates].sort());
      expect(dates).toHaveLength(19);
      const months: string[] = [];
      for await (const object of source.list(key('2017-01', 'monthly'))) months.push(object.key.date);
      expect(months).toEqual(['2024-01', '2024-02']);
      for await (const object of source.list(key('2023-01-01'))) {
        expect(object.key.date).toBe('2024-01-10');
        break;
      }
      for await (const object of source.list(key('2024-03-01', 'daily', '1h', 'NOSUCHUSDT')))
        throw new Error(object.key.date);
    });

    it('lists the ETag that it gives with the rows, where it gives one', async () => {
      const { source } = opened;
      const answer = await source.fetch(key('2024-03-01'));
      if (source.list === undefined || answer.status !== 'ok' || answer.facts.sourceEtag === undefined) return;
      for await (const { etag } of source.list(key('2024-03-01'))) {
        expect(answer.facts.sourceEtag.replaceAll('"', '')).toBe(etag.replaceAll('"', ''));
        break;
      }
    });
  });
}

/** What the engine relies on in any source of spans. */
export function rangeSourceContract(name: string, open: () => Promise<OpenSource<RangeSource>>): void {
  describe(`${name} as a RangeSource`, () => {
    let opened: OpenSource<RangeSource>;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.close();
    });
    const fetch = async (start: string, end: string, interval = '1h') => {
      const answer = await opened.source.fetch(key('2000-01-01', 'daily', interval), timeSpan(start, end));
      if (answer.status !== 'ok') throw new Error('an answer was expected');
      return answer;
    };
    const times = ({ batch }: { batch: ColumnBatch }): bigint[] => [
      ...(batch.columns as { open_time: BigInt64Array }).open_time,
    ];

    it('has a name, and says what it covers', () => {
      const { source } = opened;
      expect([source.kind, source.name.length > 0, source.name.includes(',')]).toEqual(['range', true, false]);
      expect(source.covers(key('2024-03-01'))).toBe(true);
      expect(
        source.covers(
          BINANCE.cacheKey({ marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT', date: '2024-03-01' }),
        ),
      ).toBe(false);
    });

    it('gives the bars that open within a span, its start included and its end not', async () => {
      const answer = await fetch('2024-03-01', '2024-03-02');
      expect(columns(answer.batch)).toEqual(columns(opened.truth(key('2024-03-01'))));
      expect(answer.facts.source).toBe(opened.source.name);
      const [start, end] = [spanOf('2024-03-01').start, spanOf('2024-03-01').start + 3_600_000_000n];
      expect(times(await fetch('2024-03-01T00:00:00.001', '2024-03-01T02:00'))).toEqual([end]);
      expect(times(await fetch('2024-03-01', '2024-03-01T01:00'))).toEqual([start]);
    });

    it('pages over long spans without a row too many or too few', async () => {
      const answer = await fetch('2024-03-01', '2024-03-04T07:03', '1m');
      expect(answer.batch.numRows).toBe(3 * 1440 + 7 * 60 + 3);
      expect(new Set(times(answer)).size).toBe(answer.batch.numRows);
    });

    it('gives closed bars only', async () => {
      const last = times(await fetch('2024-03-20', '2024-03-22')).at(-1);
      expect(last).toBe(timeSpan('2024-03-20T11:00', '2024-03-20T11:00').start);
    });

    it('has nothing before a listing, and says so without an error', async () => {
      const answer = await opened.source.fetch(key('2024-01-01'), timeSpan('2023-12-01', '2024-01-05'));
      expect(answer.status === 'missing' || answer.batch.numRows === 0).toBe(true);
      expect(times(await fetch('2024-01-10', '2024-01-10T08:00'))[0]).toBe(
        timeSpan('2024-01-10T06:00', '2024-01-10T06:00').start,
      );
    });

    it('throws when it fails, and when it is told to stop', async () => {
      const span = spanOf('2024-03-01');
      await expect(opened.source.fetch(key('2024-03-01'), span, { signal: AbortSignal.abort() })).rejects.toThrow();
      opened.fail();
      await expect(opened.source.fetch(key('2024-03-01'), span)).rejects.toThrow();
    });

    it('estimates what it then takes', async () => {
      const { source } = opened;
      const span = timeSpan('2024-03-01', '2024-03-04');
      const before = opened.requests();
      await source.fetch(key('2024-03-01', 'daily', '1m'), span);
      const estimate = source.estimate?.(key('2024-03-01', 'daily', '1m'), span);
      if (estimate !== undefined) expect(estimate.requests).toBe(opened.requests() - before);
    });
  });
}
