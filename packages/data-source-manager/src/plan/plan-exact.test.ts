import {
  BINANCE,
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  daysBetween,
  expectationOf,
  expectedOpenTimes,
  floorOpenTime,
  type Interval,
  monthsBetween,
  nextOpenTime,
  spanOf,
  storedColumns,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FakeCache } from '../__fixtures__/fake-cache.ts';
import type { ArchiveSource, ListedObject, RangeSource, SourceAnswer } from '../contract/ports.ts';
import { DataSourceManager } from '../data-source-manager.ts';
import { keyAt } from '../query/month-key.ts';
import { type AnyColumn, batchOf, newColumn } from '../rows/batch-rows.ts';

const HOUR = 3_600_000_000n;
const DAY = 24n * HOUR;
const NOW = BigInt(Date.parse('2024-06-15T12:30:00Z')) * 1000n;
const TODAY = NOW - (NOW % DAY);

/** All rows that one expects of a span: nothing is missing in this world. */
function rowsOf(key: CacheKey, { start, end }: TimeSpan): ColumnBatch {
  const dataset = BINANCE.datasetOf<Dataset>(key);
  const expectation = expectationOf(dataset);
  const step = expectation.rule === 'interval' ? 8n * HOUR : HOUR;
  const times =
    key.interval === undefined
      ? BigInt64Array.from({ length: Number((end - start + step - 1n) / step) }, (_, row) => start + BigInt(row) * step)
      : expectedOpenTimes(key.interval, start, end);
  const columns: Record<string, AnyColumn> = {};
  for (const name of storedColumns(dataset)) columns[name] = newColumn(dataset, name, times.length);
  columns[dataset.timeColumn] = times as never;
  if (key.interval !== undefined) {
    const { interval } = key;
    columns['close_time'] = times.map((time) => nextOpenTime(interval, time) - 1n) as never;
  }
  if (expectation.rule === 'ids') columns[expectation.column] = times.map((time) => time / step) as never;
  if (expectation.rule === 'interval') (columns[expectation.column] as BigInt64Array).fill(8n);
  return batchOf(dataset, times.length, columns);
}

function answerOf(key: CacheKey, source: string, span: TimeSpan): SourceAnswer {
  const batch = rowsOf(key, span);
  return { status: 'ok', batch, facts: { source }, quality: { rows: batch.numRows, duplicates: 0, offGrid: 0, unsorted: 0 } }; // prettier-ignore
}

/** Answers every question, and counts it. */
function serverOf(hasListing: boolean) {
  const asked: string[] = [];
  async function* list(from: CacheKey): AsyncGenerator<ListedObject> {
    await Promise.resolve();
    const { packagingFrequency } = from;
    const { start } = spanOf(from.date);
    const dates = packagingFrequency === 'daily' ? daysBetween(start, TODAY) : monthsBetween(start, TODAY);
    for (const date of dates) {
      if (spanOf(date).end > TODAY) continue;
      yield { key: keyAt(from, packagingFrequency, date, BINANCE as never), size: 1, etag: '', lastModified: '' };
    }
  }
  const archive: ArchiveSource = {
    kind: 'archive',
    name: 'vision',
    covers: () => true,
    fetch: async (key) => {
      await Promise.resolve();
      asked.push(`file ${key.date}`);
      return answerOf(key, 'vision', spanOf(key.date));
    },
    ...(hasListing ? { list } : {}),
  };
  const rest: RangeSource = {
    kind: 'range',
    name: 'rest',
    covers: ({ interval }) => interval !== undefined,
    fetch: async (key, { start, end }) => {
      await Promise.resolve();
      asked.push(`span ${start} ${end}`);
      const closed = floorOpenTime(key.interval!, NOW);
      return answerOf(key, 'rest', { start, end: end < closed ? end : closed });
    },
  };
  return { asked, archive, rest };
}

const series = fc.constantFrom(
  ...(['1h', '4h', '1d', '3d', '1w', '1mo'] satisfies Interval[]).map((interval) => ({ interval, symbol: 'BTCUSDT' })),
  { marketType: 'um', interval: '1h', symbol: 'BTCUSDT' },
  { marketType: 'um', dataNature: 'markPriceKlines', interval: '4h', symbol: 'BTCUSDT' },
  { marketType: 'um', dataNature: 'premiumIndexKlines', interval: '1d', symbol: 'BTCUSDT' },
  { marketType: 'cm', dataNature: 'indexPriceKlines', interval: '1h', symbol: 'BTCUSD' },
  { dataNature: 'aggTrades', symbol: 'BTCUSDT' },
  { marketType: 'um', dataNature: 'fundingRate', symbol: 'BTCUSDT' },
);

/** Up to 90 days that end at most five days from now, from an hour to an hour. */
const range = fc
  .tuple(fc.nat({ max: 100 * 24 }), fc.oneof(fc.nat({ max: 72 }), fc.nat({ max: 90 * 24 })))
  .map(([back, hours]) => {
    const end = TODAY + 5n * DAY - BigInt(back) * HOUR;
    return { start: end - BigInt(hours + 1) * HOUR, end };
  });

it('is exactly what is asked where nothing is missing, whatever was asked before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ series, before: fc.array(range, { maxLength: 2 }), range, hasListing: fc.boolean() }),
      fc.record({ mode: fc.constantFrom('fill' as const, 'refresh' as const), hasRest: fc.boolean() }),
      async ({ series: of, before, range: asked, hasListing }, { mode, hasRest }) => {
        const server = serverOf(hasListing);
        const sources = hasRest ? [server.archive, server.rest] : [server.archive];
        const now = (): number => Number(NOW / 1000n);
        const manager = new DataSourceManager({ cache: new FakeCache(), sources, now });
        for (const each of before) await manager.get({ ...of, ...each }, { strict: false });
        server.asked.length = 0;
        const plan = await manager.plan({ ...of, ...asked }, { mode });
        expect(server.asked).toEqual([]);
        await manager.get({ ...of, ...asked }, { strict: false, mode });
        const certain = plan.certain.map((step) =>
          step.from === 'archive' ? `file ${step.key.date}` : `span ${step.start} ${step.end}`,
        );
        expect(certain.sort()).toEqual([...server.asked].sort());
      },
    ),
    { numRuns: 80 },
  );
});
