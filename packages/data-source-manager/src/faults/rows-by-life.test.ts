import { describe, expect } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';
import { barsWithin, span } from '../__fixtures__/market.ts';
import { days, fault, HOURS, kindsWithin, LOOSE, told } from './fault.fixture.ts';

describe('rows at the beginning and at the end of a symbol', () => {
  fault('D01', 'a failed file of the first day is no sign that the symbol is not listed yet', async () => {
    const symbols = { NEWUSDT: { listed: '2024-02-10' } };
    const { manager } = compose({ archive: { symbols, failures: { '2024-02-10': 1 } }, rest: false });
    const query = { ...HOURS, start: '2024-02-03', end: '2024-02-12' };
    const first = await manager.getKlines(query, LOOSE);
    expect(told(first.coverage.gaps)).toEqual([
      'not-listed-yet 2024-02-03..2024-02-10',
      'source-failed 2024-02-10..2024-02-11',
    ]);
    expect((await manager.getKlines(query)).batch.numRows).toBe(48);
  });

  fault('D01b', 'a failed file of the last day is no sign that the symbol is delisted', async () => {
    const symbols = { NEWUSDT: { listed: '2023-01-01', delisted: '2024-02-11' } };
    const { manager } = compose({ archive: { symbols, failures: { '2024-02-10': 1 } }, rest: { symbols: {} } });
    const query = { ...HOURS, start: '2024-02-09', end: '2024-02-18' };
    const first = await manager.getKlines(query, LOOSE);
    expect(told(first.coverage.gaps)).toEqual([
      'source-failed 2024-02-10..2024-02-11',
      'delisted 2024-02-11..2024-02-18',
    ]);
    expect((await manager.getKlines(query)).batch.numRows).toBe(48);
  });

  fault('D02', 'days without rows do not make their month absent, where another source has rows of it', async () => {
    const { manager } = compose({
      archive: { symbols: { NEWUSDT: { listed: '2024-02-01' } } },
      rest: { symbols: { NEWUSDT: { listed: '2024-01-31T10:00' } } },
    });
    const empty = await manager.getKlines({ ...HOURS, start: '2024-01-10', end: '2024-01-12' });
    expect(told(empty.coverage.gaps)).toEqual(['not-listed-yet 2024-01-10..2024-01-12']);
    const { batch, coverage } = await manager.getKlines({ ...HOURS, start: '2024-01-31', end: '2024-02-01' });
    expect(batch.numRows).toBe(14);
    expect(told(coverage.gaps)).toEqual(['not-listed-yet 2024-01-31..2024-01-31T10']);
  });

  fault('D03', 'rows of REST behind an outage at the end of a late archive are answered', async () => {
    const symbols = { NEWUSDT: { listed: '2023-01-01', outages: [span('2024-02-04', '2024-02-07')] } };
    const { manager, rest, cache } = compose({
      now: '2024-02-13T05:28:00Z',
      rest: { symbols },
      archive: { symbols, until: '2024-02-07', unpublished: days('2024-02-04', '2024-02-07') },
    });
    const query = { ...HOURS, start: '2024-02-05', end: '2024-02-13T05:00' };
    const { batch, coverage } = await manager.getKlines(query, LOOSE);
    expect(batch).toEqual(barsWithin('NEWUSDT', '1h', span('2024-02-07', '2024-02-13T05:00')));
    expect(coverage.gaps).toMatchObject([span('2024-02-05', '2024-02-07')]);
    expect(coverage.gaps[0]!.kind).not.toBe('delisted');
    expect([...cache.absences.values()].map(({ kind }) => kind)).not.toContain('delisted');
    expect(rest.asked.length).toBeGreaterThan(0);
  });

  fault('D03b', 'rows of REST before an outage that ends where the archive begins are answered', async () => {
    const outages = [span('2024-02-15', '2024-02-16')];
    const { manager } = compose({
      archive: { symbols: { NEWUSDT: { listed: '2024-02-16' } } },
      rest: { symbols: { NEWUSDT: { listed: '2024-01-31', outages } } },
    });
    const query = { ...HOURS, start: '2024-01-20', end: '2024-02-18' };
    const { batch, coverage } = await manager.getKlines(query, LOOSE);
    expect(batch).toEqual(barsWithin('NEWUSDT', '1h', span('2024-01-31', '2024-02-18'), outages));
    expect(kindsWithin(coverage.gaps, outages[0]!)).not.toContain('not-listed-yet');
  });

  fault('D06b', 'the month of the first day is asked before the day is called not listed yet', async () => {
    const symbols = { NEWUSDT: { listed: '2024-02-10' } };
    const archive = { symbols, unpublished: ['2024-02-10'] };
    const { manager } = compose({ now: '2024-03-10T12:00:00Z', archive, rest: false });
    const { batch } = await manager.getKlines({ ...HOURS, start: '2024-02-10', end: '2024-02-11' });
    expect(batch.numRows).toBe(24);
  });

  fault('D10', 'a symbol for which REST answers is known, before anything of it is listed', async () => {
    const rest = { symbols: { NEWUSDT: { listed: '2024-03-18T10:00' } } };
    const { manager, rest: asked } = compose({ archive: { symbols: {} }, rest });
    const before = { ...HOURS, start: '2024-03-10', end: '2024-03-12' };
    const { coverage, batch } = await manager.getKlines(before, { allow: ['no-data'] });
    expect(batch.numRows).toBe(0);
    expect(coverage.gaps).toMatchObject([span('2024-03-10', '2024-03-12')]);
    const requests = asked.asked.length;
    await manager.getKlines(before, LOOSE);
    expect(asked.asked).toHaveLength(requests);
  });

  fault('D10b', 'segments of a range answer what getKlines answers, also in parts before the listing', async () => {
    const rest = { symbols: { NEWUSDT: { listed: '2024-03-18T10:00' } } };
    const query = { ...HOURS, start: '2024-02-10', end: '2024-03-20T12:00' };
    const whole = await compose({ archive: { symbols: {} }, rest }).manager.getKlines(query);
    let rows = 0;
    for await (const { batch } of compose({ archive: { symbols: {} }, rest }).manager.segments(query)) {
      rows += batch.numRows;
    }
    expect(whole.batch.numRows).toBe(50);
    expect(rows).toBe(50);
  });
});
