import { describe, expect, it } from '@jest/globals';
import { LEGAL, type Phase, type RecordName, filePhaseAfter, phaseAfter } from './records.ts';

const NAMES: RecordName[] = ['begin', 'folders', 'intent', 'done', 'remove', 'kept', 'end', 'finish'];

/** The table once more, written as people would say it. */
const FOLLOWS: Record<Phase, string> = {
  none: 'begin>applying',
  applying: 'folders>applying intent>applying done>applying remove>applying kept>applying end>applied',
  applied: 'folders>applying intent>applying done>applying remove>applying kept>applying end>applied finish>finished',
  finished: '',
};

const OF_A_FILE = {
  untouched: 'intent>announced done>done',
  announced: 'intent>announced done>done',
  done: 'intent>announced done>done remove>aside',
  aside: 'intent>aside-announced done>aside remove>aside kept>done',
  'aside-announced': 'intent>aside-announced done>aside',
} as const;

describe('which record is legal when', () => {
  it.each(Object.keys(FOLLOWS) as Phase[])('of a journal that is %s', (phase) => {
    const told = NAMES.flatMap((name) => {
      const next = phaseAfter(phase, name);
      return next === undefined ? [] : [`${name}>${next}`];
    });
    expect(told.join(' ')).toBe(FOLLOWS[phase]);
    expect(Object.keys(LEGAL[phase])).toHaveLength(told.length);
  });

  it.each(Object.keys(OF_A_FILE) as (keyof typeof OF_A_FILE)[])('of a file that is %s', (phase) => {
    const told = (['intent', 'done', 'remove', 'kept'] as const).flatMap((name) => {
      const next = filePhaseAfter(phase, name);
      return next === undefined ? [] : [`${name}>${next}`];
    });
    expect(told.join(' ')).toBe(OF_A_FILE[phase]);
  });

  it('takes no name of an object for a record', () => {
    expect(phaseAfter('applying', 'toString' as RecordName)).toBeUndefined();
  });
});
