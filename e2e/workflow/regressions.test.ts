/**
 * Faults that were reproduced in the Python project behind the roadmap, each as a claim that it does not happen here.
 * Which of its own cache tests were carried over stands in docs/data-source-manager.md.
 */
import { BINANCE, type CacheKey, cachePath, spanOf } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { cpSync, mkdirSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Setup } from './compose.ts';
import { useSetups } from './use-setups.ts';

const setup = useSetups();

const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-03-01', end: '2024-03-06' } as const;
const keyOf = (date: string, symbol = 'BTCUSDT'): CacheKey =>
  BINANCE.cacheKey({ symbol, interval: '1h', date } as never);
const truth = (of: Setup, date: string, symbol?: string) => [
  ...(of.archive.rows(keyOf(date, symbol)).columns as unknown as { close: Float64Array }).close,
];

describe('does not happen here:', () => {
  it("another symbol's bars", async () => {
    const of = await setup();
    await of.manager.getKlines({ ...query, symbol: 'ETHUSDT' });
    const target = join(of.root, cachePath(keyOf('2024-03-02')));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(of.root, cachePath(keyOf('2024-03-02', 'ETHUSDT'))), target);
    const { batch } = await of.manager.getKlines(query);
    expect([...batch.columns.close].slice(24, 48)).toEqual(truth(of, '2024-03-02'));
    expect(truth(of, '2024-03-02')).not.toEqual(truth(of, '2024-03-02', 'ETHUSDT'));
  });

  it('rows of NaN in place of bars that nobody has', async () => {
    const of = await setup({
      archive: { irregularities: [{ name: 'outage', start: '2024-03-02T05:00:00Z', end: '2024-03-02T08:00:00Z' }] },
    });
    const { batch, coverage } = await of.manager.getKlines(query);
    expect(batch.numRows).toBe(117);
    expect(batch.columns.close.some((value) => Number.isNaN(value))).toBe(false);
    expect(coverage.gaps).toMatchObject([{ kind: 'exchange-outage' }]);
  });

  it('one torn file failing a whole range', async () => {
    const of = await setup();
    await of.manager.getKlines(query);
    truncateSync(join(of.root, cachePath(keyOf('2024-03-03'))), 777);
    of.server.forget();
    const other = await setup({ root: of.root, server: of.server });
    const { batch, activity } = await other.manager.getKlines(query);
    expect(batch.numRows).toBe(120);
    expect(activity).toMatchObject({ hits: 4, misses: 1 });
    expect(of.requests()).toMatchObject({ zips: 1, rest: 0 });
  });

  it('an unfinished candle, kept', async () => {
    const of = await setup({ now: '2024-03-05T12:20:00Z' });
    const early = await of.manager.getKlines(query);
    expect(early.batch.columns.open_time.at(-1)).toBe(spanOf('2024-03-05').start + 11n * 3_600_000_000n);
    of.clock.at = Date.parse('2024-03-05T13:00:00Z');
    const { batch } = await of.manager.getKlines(query);
    expect(batch.columns.close.at(-1)).toBe(truth(of, '2024-03-05')[12]);
    expect(batch.numRows).toBe(4 * 24 + 13);
  });

  it('a failed part as rows that are silently not there', async () => {
    const of = await setup();
    of.server.faults.add({ fault: 'server-error', path: '2024-03-03' }, { fault: 'rate-limited', path: '/klines?' });
    await expect(of.manager.getKlines(query)).rejects.toMatchObject({
      code: 'E_INCOMPLETE',
      details: { coverage: { gaps: [{ kind: 'source-failed', ...spanOf('2024-03-03') }] } },
    });
  }, 30_000);

  it('an archive that is not what its checksum says, used', async () => {
    const of = await setup({ archive: { irregularities: [{ name: 'wrong-checksum', date: '2024-03-03' }] } });
    const { coverage } = await of.manager.getKlines(query);
    expect(coverage.spans.find(({ start }) => start === spanOf('2024-03-03').start)?.source).toBe('rest');
  });

  it('a call of the network while offline', async () => {
    const of = await setup();
    await of.manager.getKlines({ ...query, end: '2024-03-03' });
    of.server.forget();
    const { coverage } = await of.manager.getKlines(query, { mode: 'offline', strict: false });
    expect(coverage.gaps).toMatchObject([{ kind: 'not-cached' }]);
    expect(of.server.requests).toEqual([]);
  });

  it('a partial day that is fetched again and again, each part driving out the other', async () => {
    const of = await setup({ now: '2024-03-05T20:30:00Z' });
    const part = (start: string, end: string) =>
      of.manager.getKlines({ ...query, start: `2024-03-05T${start}Z`, end: `2024-03-05T${end}Z` });
    await part('02:00', '04:00');
    await part('10:00', '12:00');
    of.server.forget();
    for (let turn = 0; turn < 3; turn++) {
      expect((await part('02:00', '04:00')).batch.numRows).toBe(2);
      expect((await part('10:00', '12:00')).batch.numRows).toBe(2);
    }
    expect(of.server.requests).toEqual([]);
    expect((await part('00:00', '20:00')).batch.numRows).toBe(20);
  });

  it('a missing bar at 00:00 that nobody notices', async () => {
    const of = await setup({
      archive: {
        irregularities: [
          { name: 'outage', symbol: 'BTCUSDT', start: '2024-03-03T00:00:00Z', end: '2024-03-03T01:00:00Z' },
        ],
      },
    });
    const { coverage } = await of.manager.getKlines(query, { strict: false });
    expect(coverage.gaps).toMatchObject([
      { kind: 'no-data', start: spanOf('2024-03-03').start, end: spanOf('2024-03-03').start + 3_600_000_000n },
    ]);
  });

  it('bars off the grid dropped, or taken for gaps', async () => {
    const of = await setup({
      archive: { irregularities: [{ name: 'off-grid', start: '2024-03-02T05:00:00Z', end: '2024-03-02T09:00:00Z' }] },
    });
    const { batch, coverage } = await of.manager.getKlines(query);
    expect(batch.numRows).toBe(120);
    expect(coverage).toMatchObject({ complete: true, gaps: [] });
    of.server.forget();
    expect((await of.manager.getKlines(query)).coverage).toMatchObject({ complete: true });
    expect(of.server.requests).toEqual([]);
  });

  it('a first missing day that sends the rest of the range to REST', async () => {
    const of = await setup({ archive: { irregularities: [{ name: 'missing-file', date: '2024-03-01' }] } });
    const { coverage } = await of.manager.getKlines(query);
    expect(coverage.spans.map(({ source }) => source)).toEqual(['rest', 'vision']);
  });

  it('everything fetched again because an earlier start is asked for', async () => {
    const of = await setup();
    await of.manager.getKlines(query);
    of.server.forget();
    const { activity } = await of.manager.getKlines({ ...query, start: '2024-02-28' });
    expect(activity).toMatchObject({ hits: 5, misses: 2 });
    expect(of.requests()).toMatchObject({ zips: 2 });
  });
});
