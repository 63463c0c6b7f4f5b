import { describe, expect, it } from '@jest/globals';
import { syncLine } from './sync-line.ts';

describe('the line of a series', () => {
  const ROW = {
    series: 'um/BTCUSD_PERP/1h',
    asked: { from: '2024-01-01T00:00:00Z', to: '2024-01-02T00:00:00Z' },
    stored: { entries: 0, rows: 0, requests: 0, bytes: 0 },
    gaps: [],
    warnings: [],
    seconds: 0,
  };

  it('says that nothing was missing only where nothing failed', () => {
    expect(syncLine(ROW)).toBe('um/BTCUSD_PERP/1h  2024-01-01 to 2024-01-02: nothing was missing');
    expect(syncLine({ ...ROW, error: { code: 'E_QUERY', message: 'no such symbol' } })).toBe(
      'um/BTCUSD_PERP/1h  2024-01-01 to 2024-01-02: failed (E_QUERY)',
    );
  });
});
