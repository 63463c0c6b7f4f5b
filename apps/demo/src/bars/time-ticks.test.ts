import { describe, expect, it } from '@jest/globals';
import { timeTicks } from './time-ticks.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const utc = (): number => 0;
const texts = (from: number, to: number, spacing: number): string[] =>
  timeTicks({ from, to }, spacing, utc).map(({ text }) => text);

describe(timeTicks, () => {
  it('names hours within a day, and the day at midnight', () => {
    expect(texts(Date.UTC(2024, 4, 30, 18), Date.UTC(2024, 4, 31, 6), 4 * HOUR)).toEqual(['20:00', '31 May', '04:00']);
  });

  it('names the month on its first day and the year in January', () => {
    expect(texts(Date.UTC(2023, 11, 30), Date.UTC(2024, 0, 2), DAY)).toEqual(['30 Dec', '31 Dec', '2024', '2 Jan']);
    expect(texts(Date.UTC(2023, 10, 20), Date.UTC(2024, 2, 2), 25 * DAY)).toEqual(['Dec', '2024', 'Feb', 'Mar']);
  });

  it('never names a day 0 or one that a month does not have', () => {
    for (let days = 1; days < 4000; days = Math.ceil(days * 1.3)) {
      const ticks = timeTicks(
        { from: Date.UTC(2019, 0, 17, 5), to: Date.UTC(2019, 0, 17, 5) + days * DAY },
        (days * DAY) / 14,
        utc,
      );
      for (const { at, text } of ticks) {
        if (/^\d+ [A-Z]/.test(text)) expect(Number.parseInt(text)).toBe(new Date(at).getUTCDate());
      }
      expect(ticks.length).toBeLessThanOrEqual(28);
    }
  });

  it('puts midnights on those of the zone on both sides of a change of its clocks', () => {
    // Clocks of New York go forward on 2024-03-10 at 07:00 UTC.
    const newYork = (at: number): number => (at < Date.UTC(2024, 2, 10, 7) ? -5 : -4) * HOUR;
    const ticks = timeTicks({ from: Date.UTC(2024, 2, 9), to: Date.UTC(2024, 2, 13) }, DAY, newYork);
    expect(ticks.map(({ at, text }) => [text, new Date(at).toISOString().slice(0, 16)])).toEqual([
      ['9 Mar', '2024-03-09T05:00'],
      ['10 Mar', '2024-03-10T05:00'],
      ['11 Mar', '2024-03-11T04:00'],
      ['12 Mar', '2024-03-12T04:00'],
    ]);
  });

  it('keeps its marks where they are while the view moves', () => {
    const marks = (from: number) => timeTicks({ from, to: from + 400 * DAY }, 60 * DAY, utc).map(({ at }) => at);
    const [first, second] = [marks(Date.UTC(2020, 0, 5)), marks(Date.UTC(2020, 1, 20))];
    expect(first.filter((at) => second.includes(at)).length).toBeGreaterThan(4);
  });
});
