import { describe, expect, it } from '@jest/globals';
import { withReasons } from './hole-reasons.ts';

const hole = (start: number, end: number, kind?: string) => ({
  start: BigInt(start),
  end: BigInt(end),
  ...(kind === undefined ? {} : { kind }),
});

describe(withReasons, () => {
  it('adds what was found out, and leaves the rest of a hole as it is', () => {
    expect(withReasons([hole(0, 10)], [hole(2, 4, 'source-failed')])).toEqual([
      hole(0, 2),
      hole(2, 4, 'source-failed'),
      hole(4, 10),
    ]);
  });

  it('drops the reason of what is not missing any more, and never a hole that it does not know', () => {
    const holes = [hole(20, 30), hole(40, 50, 'off-grid')];
    expect(withReasons(holes, [hole(0, 10, 'no-data'), hole(40, 50, 'no-data')])).toEqual(holes);
    expect(withReasons(holes, [])).toEqual(holes);
  });
});
