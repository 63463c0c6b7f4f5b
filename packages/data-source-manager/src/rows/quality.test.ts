import { describe, expect, it } from '@jest/globals';
import { qualityOf, qualityWarning } from './quality.ts';

describe('what a source noticed in its rows', () => {
  const findings = { rows: 24, duplicates: 0, unsorted: 0, offGrid: 0 };

  it('is told where rows of the file were left out for being of another day', () => {
    const quality = qualityOf({ ...findings, otherDay: 3 });
    expect(quality).toEqual({ otherDay: 3 });
    expect(qualityWarning(quality)).toBe(
      'Odd, but not gaps: 3 rows of another day or month than their file, which were dropped.',
    );
  });

  it('is told of bars that are kept as they are: off the grid, and with a high or low that cannot be', () => {
    const quality = qualityOf({ ...findings, offGrid: 1, ohlcViolations: 2 });
    expect(quality).toEqual({ offGrid: 1, ohlcViolations: 2 });
    expect(qualityWarning(quality)).toMatch(/1 bars that begin off the grid.*2 bars with an impossible high/);
  });

  it('is nothing of what does not occur', () => {
    expect(qualityOf({ ...findings, otherDay: 0, ohlcViolations: 0 })).toEqual({});
    expect(qualityWarning({})).toBeUndefined();
  });
});
