import { describe, expect, it } from '@jest/globals';
import type { Setup } from '../contract/api.ts';
import { addressOf, readAddress } from './page-address.ts';

const setup = {
  start: { marketType: 'spot', symbol: 'BTCUSDT', interval: '1m', from: 0, to: 1000 },
  markets: [
    { marketType: 'spot', title: 'Spot', symbols: [], intervals: ['1m', '1h'] },
    { marketType: 'um', title: 'USD-M', symbols: [], intervals: ['1h'] },
  ],
  hasOldCache: true,
} as unknown as Setup;

describe(readAddress, () => {
  it('reads what an address says', () => {
    const search =
      '?view=coverage&market=um&symbol=ETHUSDT&interval=1h&from=2024-01-01T00:00Z&to=2024-01-02T00:00:30Z&zone=Asia/Tokyo';
    const state = readAddress(search, setup);
    expect(state).toEqual({
      view: 'coverage',
      series: { marketType: 'um', symbol: 'ETHUSDT', interval: '1h' },
      span: { from: Date.UTC(2024, 0, 1), to: Date.UTC(2024, 0, 2, 0, 0, 30) },
      zone: 'Asia/Tokyo',
    });
    expect(addressOf(state, '')).toBe(search);
  });

  it('begins as the page does where nothing sensible is said', () => {
    const start = readAddress('', setup);
    expect(start).toEqual({
      view: 'chart',
      series: { marketType: 'spot', symbol: 'BTCUSDT', interval: '1m' },
      span: { from: 0, to: 1000 },
      zone: 'UTC',
    });
    expect(readAddress('?view=x&market=y&interval=7m&from=2024&to=2023&zone=Mars', setup)).toEqual(start);
    expect(readAddress('?view=migration', { ...setup, hasOldCache: false }).view).toBe('chart');
  });
});

describe(addressOf, () => {
  it('keeps the token', () => {
    expect(addressOf(readAddress('', setup), '?token=abc')).toMatch(/^\?token=abc&view=chart&/);
  });
});
