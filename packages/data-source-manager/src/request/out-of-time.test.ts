import { isoText, type TimeSpan } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { compose } from '../__fixtures__/compose.ts';

const BTC = { symbol: 'BTCUSDT', interval: '1h' } as const;

describe('a range that reaches out of the time of which there is data', () => {
  it.each([
    ['0', 0, '2009-01-02', 'not-listed-yet 1970-01-01T00:00:00Z 2009-01-02T00:00:00Z'],
    ['a typo', '0202-01-01', '2016-01-01', 'not-listed-yet 0202-01-01T00:00:00Z 2016-01-01T00:00:00Z'],
    ['all of the future', '2025-01-01', '9999-12-31', 'not-published-yet 2025-01-01T00:00:00Z 9999-12-31T00:00:00Z'],
  ])('is one gap and asks nobody: %s', async (_, start, end, gap) => {
    const { manager, archive, rest, cache } = compose();
    const { coverage, batch } = await manager.getKlines({ ...BTC, start, end });
    expect(coverage.gaps.map((each) => `${each.kind} ${isoText(each.start)} ${isoText(each.end)}`)).toEqual([gap]);
    expect(coverage).toMatchObject({ complete: false, spans: [], span: { start: coverage.gaps[0]!.start } });
    expect([batch.numRows, archive.asked.length + archive.listed, rest.asked.length]).toEqual([0, 0, 0]);
    expect([cache.calls.saveAbsent, cache.calls.save, cache.calls.coverage]).toEqual([0, 0, 0]);
  });

  it('is cut to what there is, at both ends, and costs no day before or after', async () => {
    const { manager, cache } = compose();
    const { coverage, batch } = await manager.get({ ...BTC, start: '0001-01-01', end: '9999-12-31' });
    expect(batch.numRows).toBeGreaterThan(50_000);
    expect(coverage.gaps.at(0)).toMatchObject({ kind: 'not-listed-yet', start: coverage.span.start });
    expect(coverage.gaps.at(-1)).toMatchObject({ kind: 'not-published-yet', end: coverage.span.end });
    expect([...cache.absences.keys()].filter((path) => path < 'binance/spot/klines/daily/BTCUSDT/1h/2017')).toEqual([]);
    // Days from 2009 on are looked at once, and those with rows are read twice; 9,998 years have 3.6 million days.
    expect(cache.calls.keysLookedAt + cache.calls.keysLoaded).toBeLessThan(12_000);
    const cold = { ...cache.calls };
    const again = await manager.get({ ...BTC, start: '0001-01-01', end: '9999-12-31' });
    const { keysLookedAt, keysLoaded } = cache.calls;
    expect(keysLookedAt - cold.keysLookedAt + keysLoaded - cold.keysLoaded).toBeLessThan(3000);
    expect(again.coverage.gaps).toEqual(coverage.gaps);
  });

  it('has the same parts in segments, the first and the last with what is out of it', async () => {
    const { manager } = compose();
    const parts: TimeSpan[] = [];
    for await (const part of manager.segments({ ...BTC, start: 0, end: '9999-01-01' })) parts.push(part.span);
    expect(isoText(parts[0]!.start)).toBe('1970-01-01T00:00:00Z');
    expect(isoText(parts.at(-1)!.end)).toBe('9999-01-01T00:00:00Z');
    expect(parts.every(({ start }, at) => at === 0 || start === parts[at - 1]!.end)).toBe(true);
    const plan = await manager.plan({ ...BTC, start: 0, end: '2009-01-01' });
    expect(plan).toMatchObject({ requests: 0, gaps: [{ kind: 'not-listed-yet' }] });
  });
});
