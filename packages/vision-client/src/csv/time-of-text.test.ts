import { describe, expect, it } from '@jest/globals';
import { fieldsOfLine, lineEnd } from './line-scan.ts';
import { timeOfText } from './time-of-text.ts';

describe(timeOfText, () => {
  it('reads milliseconds, microseconds and text as the same time', () => {
    const value = 1_704_067_200_000_000;
    expect(timeOfText('1704067200000')).toEqual({ value, form: 'milliseconds' });
    expect(timeOfText('1704067200000000')).toEqual({ value, form: 'microseconds' });
    expect(timeOfText('2024-01-01 00:00:00')).toEqual({ value, form: 'text' });
  });

  it('reads none of seconds, rounded numbers and days that are not there', () => {
    for (const text of ['1704067200', '1.70407E+12', '2024-02-30 00:00:00', '', 'open_time'])
      expect(timeOfText(text)).toBeUndefined();
  });
});

describe('a line of bytes', () => {
  const bytes = new TextEncoder().encode('a,b\nc,d,');

  it('ends at its line feed, or at the end', () => {
    expect([lineEnd(bytes, 0, 8), lineEnd(bytes, 4, 8)]).toEqual([3, 8]);
  });

  it('has a field more than commas', () => {
    expect([fieldsOfLine(bytes, 0, 8), fieldsOfLine(bytes, 4, 8)]).toEqual([2, 3]);
  });
});
