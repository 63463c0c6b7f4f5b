import { describe, expect, it } from '@jest/globals';
import { INTERVALS } from '@vision-cache/cache-keys';
import { barMilliseconds, basisInterval, divides, drawnInterval, gridOf } from './level-of-detail.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe(drawnInterval, () => {
  it('draws the chosen interval while its candles can be seen', () => {
    expect(drawnInterval('1m', 4 * HOUR, 1200)).toBe('1m');
  });

  it('draws a year of minutes in days on a common display', () => {
    expect(drawnInterval('1m', 365 * DAY, 1200)).toBe('1d');
  });

  it('never draws finer than what was chosen', () => {
    expect(drawnInterval('1h', HOUR, 1200)).toBe('1h');
  });

  it('never asks for more bars than there are pixels', () => {
    for (const chosen of INTERVALS.filter((interval) => barMilliseconds(interval) <= DAY)) {
      for (const days of [0.1, 1, 7, 30, 365, 2000]) {
        const drawn = drawnInterval(chosen, days * DAY, 1000);
        expect((days * DAY) / barMilliseconds(drawn)).toBeLessThanOrEqual(1000);
      }
    }
  });

  it('passes over an interval that would cut bars in two', () => {
    expect(drawnInterval('8h', 200 * DAY, 1000)).toBe('1d');
  });
});

describe(divides, () => {
  it('knows which bars can be summed up', () => {
    expect(divides('1m', '15m')).toBe(true);
    expect(divides('1d', '1w')).toBe(true);
    expect(divides('1d', '1mo')).toBe(true);
    expect(divides('8h', '12h')).toBe(false);
    expect(divides('3d', '1w')).toBe(false);
    expect(divides('1w', '1mo')).toBe(false);
  });
});

describe(basisInterval, () => {
  it('reads what is stored', () => {
    expect(basisInterval('1h', { '1h': 30, '1m': 30 })).toBe('1h');
  });

  it('resamples where a finer interval is held for more days', () => {
    expect(basisInterval('15m', { '1m': 90 })).toBe('1m');
    expect(basisInterval('1h', { '1h': 2, '15m': 40, '1m': 90 })).toBe('1m');
  });

  it('never reads a finer interval that does not divide the chosen one', () => {
    expect(basisInterval('12h', { '8h': 90 })).toBe('12h');
  });
});

describe(gridOf, () => {
  it('begins with the bar that the span begins in and ends with the one it ends in', () => {
    const { grid, end } = gridOf('1h', 90 * 60_000, 150 * 60_000);
    expect([...grid]).toEqual([HOUR, 2 * HOUR]);
    expect(end).toBe(3 * HOUR);
  });

  it('knows that weeks begin on Monday', () => {
    const { grid } = gridOf('1w', Date.UTC(2024, 0, 3), Date.UTC(2024, 0, 9));
    expect([...grid].map((at) => new Date(at).getUTCDay())).toEqual([1, 1]);
  });
});
