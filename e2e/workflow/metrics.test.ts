import { isoText } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { useSetups } from './use-setups.ts';

const openSetup = useSetups();

async function metricsSetup() {
  const setup = await openSetup({ now: '2026-07-10T12:00:00Z' });
  const get = async (start: string, end: string) => {
    const query = { marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT', start, end } as const;
    const { batch, coverage } = await setup.manager.get(query);
    return { times: Array.from(batch.columns.create_time, (time) => isoText(time)), complete: coverage.complete };
  };
  return { ...setup, get };
}

describe('five-minute metrics', () => {
  it('lose no row at midnight, whichever end of its five minutes a row bears', async () => {
    const { get } = await metricsSetup();
    const early = await get('2026-06-20', '2026-06-22');
    expect(early).toMatchObject({ complete: true });
    expect(early.times).toHaveLength(576);
    expect([early.times[0], early.times[287], early.times[575]]).toEqual([
      '2026-06-20T00:05:00Z',
      '2026-06-21T00:00:00Z',
      '2026-06-22T00:00:00Z',
    ]);
    const late = await get('2026-06-28', '2026-06-30');
    expect(late.times).toHaveLength(576);
    expect([late.times[0], late.times[575]]).toEqual(['2026-06-28T00:00:00Z', '2026-06-29T23:55:00Z']);
  });

  it('have the row that ends one kind of label, and the one that begins the other, once each', async () => {
    const { get, server } = await metricsSetup();
    const whole = await get('2026-06-23', '2026-06-27');
    expect(whole.times).toHaveLength(4 * 288);
    expect(whole.times.filter((time) => time === '2026-06-25T00:00:00Z')).toHaveLength(2);
    const asked = server.requests.length;
    expect(await get('2026-06-23', '2026-06-27')).toEqual(whole);
    expect(server.requests).toHaveLength(asked);
    expect((await get('2026-06-24', '2026-06-25')).times.at(-1)).toBe('2026-06-25T00:00:00Z');
    expect((await get('2026-06-25', '2026-06-26')).times[0]).toBe('2026-06-25T00:00:00Z');
  });

  it('are the same in parts as in one, also where a day is cut', async () => {
    const { get } = await metricsSetup();
    const parts = [
      '2026-06-23T10:00',
      '2026-06-24',
      '2026-06-24T12:02',
      '2026-06-25',
      '2026-06-25T07:55',
      '2026-06-26',
    ];
    const pieces: string[] = [];
    for (let at = 1; at < parts.length; at++) pieces.push(...(await get(parts[at - 1]!, parts[at]!)).times);
    expect(pieces).toEqual((await get(parts[0]!, parts.at(-1)!)).times);
    expect(pieces[0]).toBe('2026-06-23T10:05:00Z');
  });
});
