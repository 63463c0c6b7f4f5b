import { describe, expect, it } from '@jest/globals';
import { ReadingPace } from './reading-pace.ts';

const next = (pace: ReadingPace, turns: number) => Array.from({ length: turns }, () => pace.next());

describe('the pace of reading', () => {
  it('tries both ways, and then keeps to the faster one', () => {
    const pace = new ReadingPace();
    expect(pace.next()).toBe('aside');
    pace.note('aside', 1000, 3);
    expect(pace.next()).toBe('here');
    pace.note('here', 1000, 2);
    expect(next(pace, 9)).toEqual(Array.from({ length: 9 }, () => 'here'));
  });

  it('looks now and then whether the other one has become faster', () => {
    const pace = new ReadingPace();
    pace.note('aside', 1000, 3);
    pace.note('here', 1000, 2);
    expect(next(pace, 12).filter((place) => place === 'aside')).toHaveLength(1);
    for (let turn = 0; turn < 8; turn++) pace.note('aside', 1000, 1);
    expect(pace.next()).toBe('aside');
  });
});
