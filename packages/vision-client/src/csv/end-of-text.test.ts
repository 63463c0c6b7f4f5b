import { describe, expect, it } from '@jest/globals';
import { endOfText, isLineBreak } from './end-of-text.ts';

describe(endOfText, () => {
  it.each([
    ['', 0],
    ['\n\n', 0],
    ['\r\n', 0],
    ['a', 1],
    ['a\n', 2],
    ['a\r\n', 3],
    ['a\n\n\n', 2],
    ['a\r\n\r\n', 3],
    ['a\r\r\n', 4],
    ['a\nb', 3],
  ])('of %j is %i: the line break of the last row, and no blank line', (text, end) =>
    expect(endOfText(new TextEncoder().encode(text))).toBe(end),
  );
});

describe(isLineBreak, () => {
  it('knows line feed and carriage return', () => {
    expect([9, 10, 11, 12, 13, 14].filter(isLineBreak)).toEqual([10, 13]);
  });
});
