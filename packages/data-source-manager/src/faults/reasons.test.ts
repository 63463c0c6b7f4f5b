import { describe, expect } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { BTC } from '../__fixtures__/fake-sources.ts';
import { span } from '../__fixtures__/market.ts';
import { BTC_HOURS, fault, HOURS, kindsWithin, LOOSE, told } from './fault.fixture.ts';

const symbols = { BTCUSDT: BTC };

describe('before the first and after the last sign of life', () => {
  fault('D08', 'nothing is delisted where rows follow', async () => {
    const life = { listed: '2023-01-01', outages: [span('2024-02-01', '2024-02-01T05:00')] };
    const { manager } = compose({
      archive: { symbols: { NEWUSDT: { ...life, delisted: '2024-02-01' } } },
      rest: { symbols: { NEWUSDT: life } },
    });
    const { batch, coverage } = await manager.getKlines({ ...HOURS, start: '2024-02-01', end: '2024-02-02' }, LOOSE);
    expect(batch.numRows).toBe(19);
    expect(told(coverage.gaps)).toEqual(['no-data 2024-02-01..2024-02-01T05']);
  });

  fault('D08b', 'nothing is unlisted where rows precede', async () => {
    const outages = [span('2024-02-09T20:00', '2024-02-10')];
    const { manager } = compose({
      archive: { symbols: { NEWUSDT: { listed: '2024-02-10' } } },
      rest: { symbols: { NEWUSDT: { listed: '2024-02-09T06:00', outages } } },
    });
    const { coverage } = await manager.getKlines({ ...HOURS, start: '2024-02-09', end: '2024-02-10' }, LOOSE);
    expect(told(coverage.gaps)).toEqual([
      'not-listed-yet 2024-02-09..2024-02-09T06',
      'no-data 2024-02-09T20..2024-02-10',
    ]);
  });

  fault('D08c', 'a hole on the first of a month is not unlisted where the archive has days before', async () => {
    const { manager } = compose({
      archive: {
        symbols: { NEWUSDT: { listed: '2024-01-15' } },
        unpublished: ['2024-01', '2024-02'],
        short: { '2024-02-01': [span('2024-02-01', '2024-02-01T05:00')] },
      },
      rest: false,
    });
    const { coverage } = await manager.getKlines({ ...HOURS, start: '2024-02-01', end: '2024-02-03' }, LOOSE);
    expect(told(coverage.gaps)).toEqual(['publisher-hole 2024-02-01..2024-02-01T05']);
  });

  fault('D11', 'the hours before the first row are unlisted wherever the range begins', async () => {
    const life = { NEWUSDT: { listed: '2024-02-10T08:00' } };
    for (const start of ['2024-02-10', '2024-02-10T04:00', '2024-02-09T20:00']) {
      const { manager } = compose({ archive: { symbols: life }, rest: { symbols: life } });
      const { coverage } = await manager.getKlines({ ...HOURS, start, end: '2024-02-11' });
      expect(coverage.gaps).toMatchObject([{ kind: 'not-listed-yet', ...span(start, '2024-02-10T08:00') }]);
    }
  });

  fault('D11b', 'the weeks before the first one are unlisted within the first month', async () => {
    const life = { NEWUSDT: { listed: '2024-02-12' } };
    const { manager } = compose({ archive: { symbols: life }, rest: { symbols: life } });
    const query = { symbol: 'NEWUSDT', interval: '1w', start: '2024-02-05', end: '2024-03-01' } as const;
    const { coverage, batch } = await manager.getKlines(query);
    expect(batch.numRows).toBe(3);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['not-listed-yet']);
  });

  fault('D28', 'a day has one reason, whatever else is asked for', async () => {
    const archive = { symbols: { NEWUSDT: { listed: '2024-03-16' } } };
    const kindOf = async (start: string): Promise<string[]> => {
      const { manager } = compose({ archive, rest: false });
      const { coverage } = await manager.getKlines({ ...HOURS, start, end: '2024-03-16' }, LOOSE);
      return kindsWithin(coverage.gaps, span('2024-03-15', '2024-03-16'));
    };
    expect(await kindOf('2024-03-15')).toEqual(await kindOf('2024-03-05'));
  });
});

describe('an answer of the cache alone', () => {
  fault('D09', 'explains nothing anew and stores nothing', async () => {
    const last = span('2024-03-20T11:00', '2024-03-20T12:00');
    const { manager, cache } = compose({
      now: '2024-03-20T12:00:01Z',
      archive: false,
      rest: { symbols, short: [last] },
    });
    const query = { ...BTC_HOURS, start: '2024-03-20', end: '2024-03-20T12:00' };
    const online = await manager.getKlines(query, LOOSE);
    expect(online.coverage.gaps).toMatchObject([{ kind: 'not-published-yet', ...last }]);
    const saves = cache.calls.save + cache.calls.saveAbsent;
    const { coverage } = await manager.getKlines(query, { ...LOOSE, mode: 'offline' });
    expect(coverage.gaps).toMatchObject([last]);
    expect(['not-published-yet', 'not-cached']).toContain(coverage.gaps[0]!.kind);
    expect(cache.calls.save + cache.calls.saveAbsent).toBe(saves);
  });

  fault('D09b', 'does not call a hole of the publisher what a source failed on', async () => {
    const short = { '2024-02-10': [span('2024-02-10T18:00', '2024-02-11')] };
    const { manager, cache } = compose({ archive: { symbols, short }, rest: { symbols, failures: 9 } });
    const query = { ...BTC_HOURS, start: '2024-02-10', end: '2024-02-11' };
    const online = await manager.getKlines(query, LOOSE);
    expect(told(online.coverage.gaps)).toEqual(['source-failed 2024-02-10T18..2024-02-11']);
    const saves = cache.calls.save;
    const { coverage } = await manager.getKlines(query, { ...LOOSE, mode: 'offline' });
    expect(told(coverage.gaps)).toEqual(['not-cached 2024-02-10T18..2024-02-11']);
    expect(cache.calls.save).toBe(saves);
  });

  fault('D13', 'and a plan know what is remembered of a month', async () => {
    const archive = { symbols: { NEWUSDT: { listed: '2023-01-01', delisted: '2023-11-10' } } };
    const { manager, cache } = compose({ archive, rest: { symbols: {} } });
    const query = { ...HOURS, start: '2023-12-01', end: '2024-01-01' };
    const online = await manager.getKlines(query);
    expect(told(online.coverage.gaps)).toEqual(['delisted 2023-12-01..2024-01-01']);
    const again = compose({ cache, archive, rest: { symbols: {} } });
    const offline = await again.manager.getKlines(query, { mode: 'offline' });
    expect(told(offline.coverage.gaps)).toEqual(told(online.coverage.gaps));
    expect((await again.manager.plan(query)).requests).toBe(0);
  });
});

describe('what could not be asked or stored', () => {
  fault('D21', 'a hole that nobody could be asked about is a failure, also after a refresh that failed', async () => {
    const short = { '2024-02-10': [span('2024-02-10T18:00', '2024-02-11')] };
    const failures = { '2024-02-10': 0, '2024-02': 0 };
    const query = { ...BTC_HOURS, start: '2024-02-10', end: '2024-02-11' };
    const first = compose({ archive: { symbols, short, failures }, rest: { symbols, failures: 9 } });
    await first.manager.getKlines(query, LOOSE);
    const { manager } = compose({
      cache: first.cache,
      archive: { symbols, failures: { '2024-02-10': 9, '2024-02': 9 } },
      rest: { symbols, failures: 9 },
    });
    const { coverage, batch } = await manager.getKlines(query, { ...LOOSE, mode: 'refresh' });
    expect(batch.numRows).toBe(18);
    expect(told(coverage.gaps)).toEqual(['source-failed 2024-02-10T18..2024-02-11']);
  });

  fault('D22', 'a reason that cannot be stored is answered all the same, without overlap', async () => {
    const still = { BTCUSDT: { ...BTC, outages: [span('2024-02-10T06:00', '2024-02-10T18:00')] } };
    const { manager, cache } = compose({ archive: false, rest: { symbols: still } });
    await manager.getKlines({ ...BTC_HOURS, start: '2024-02-10T06:00', end: '2024-02-10T12:00' }, LOOSE);
    cache.failSaves = 99;
    const whole = { ...BTC_HOURS, start: '2024-02-10T06:00', end: '2024-02-10T18:00' };
    const { coverage } = await manager.getKlines(whole, LOOSE);
    expect(told(coverage.gaps)).toEqual(['no-data 2024-02-10T06..2024-02-10T18']);
  });

  fault('D25', 'what a refresh did not find is remembered', async () => {
    const still = { BTCUSDT: { ...BTC, outages: [span('2024-03-02T12:00', '2024-03-03')] } };
    const { manager, rest } = compose({ archive: false, rest: { symbols: still } });
    const query = { ...BTC_HOURS, start: '2024-03-02', end: '2024-03-03' };
    await manager.getKlines({ ...query, end: '2024-03-02T12:00' });
    const afternoon = { ...query, start: '2024-03-02T12:00' };
    const fresh = await manager.getKlines(afternoon, { ...LOOSE, mode: 'refresh' });
    expect(told(fresh.coverage.gaps)).toEqual(['no-data 2024-03-02T12..2024-03-03']);
    const requests = rest.asked.length;
    const again = await manager.getKlines(afternoon, LOOSE);
    expect(told(again.coverage.gaps)).toEqual(told(fresh.coverage.gaps));
    expect(rest.asked).toHaveLength(requests);
  });
});
