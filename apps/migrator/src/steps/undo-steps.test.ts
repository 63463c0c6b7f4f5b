import { describe, expect, it } from '@jest/globals';
import {
  BYTES,
  OTHER,
  PATH,
  SEAL,
  SHA,
  begin,
  done,
  intent,
  kept,
  remove,
  replayed,
  wrote,
} from '../__fixtures__/records.fixture.ts';
import {
  type UndoStep,
  type WriteSight,
  decideUndo,
  describeUndoStep,
  earlierStates,
  hashOfOld,
  undoSteps,
} from './undo-steps.ts';

const stepsOf = (...[files, ...records]: Parameters<typeof replayed>): UndoStep[] => {
  const { ledger, read } = replayed(files, ...records);
  return [...undoSteps(ledger, read)];
};

describe(undoSteps, () => {
  it('undoes writes first, the last one first, then moves, then folders from within', () => {
    const both = done(0, { wrote: [wrote(PATH, 1), wrote(OTHER)] });
    const folders = { t: 'folders', made: ['a', 'a/b'] } as const;
    const steps = stepsOf(2, begin, folders, intent(0), both, intent(1), done(1), remove(1), remove(0));
    expect(steps.map(describeUndoStep)).toEqual([
      `remove ${PATH}`, `remove ${OTHER}`, `bring back what stood at ${PATH}`, 'move file-0 back', 'move file-1 back',
      'remove the folder a/b if it is empty', 'remove the folder a if it is empty',
    ]); // prettier-ignore
    expect(steps[2]).toEqual({
      do: 'undo-write', i: 0, path: PATH, before: BYTES, backup: 1, wrote: { after: SEAL }, old: SHA,
    }); // prettier-ignore
  });

  it('undoes what a killed run announced, where no outcome covers it', () => {
    const to = [
      { path: PATH, before: null, backup: null },
      { path: OTHER, before: SEAL, backup: 3 },
    ];
    expect(stepsOf(1, begin, intent(0, { to }))).toEqual([
      { do: 'undo-write', i: 0, path: OTHER, before: SEAL, backup: 3, wrote: { source: SHA }, old: SHA },
      { do: 'undo-write', i: 0, path: PATH, before: null, backup: null, wrote: { source: SHA }, old: SHA },
    ]);
    expect(
      stepsOf(1, begin, intent(0, { to }), done(0, { wrote: [] })).filter((each) => each.do === 'undo-write'),
    ).toHaveLength(2);
    expect(stepsOf(1, begin, intent(0), done(0)).filter((each) => each.do === 'undo-write')).toHaveLength(1);
    expect(stepsOf(2, begin, intent(0), done(1)).filter((each) => each.do === 'undo-write')).toHaveLength(2);
  });

  it('does not move back what was kept', () => {
    expect(stepsOf(1, begin, done(0, { wrote: [] }), remove(0), kept(0))).toEqual([]);
  });

  it('of nothing is nothing', () => {
    expect(stepsOf(3, begin)).toEqual([]);
  });
});

describe(hashOfOld, () => {
  it('is what apply saw, or what it announced, but not of a sealed file', () => {
    const seen = { size: 1, changed: 1, sha256: 'd'.repeat(64) };
    const of = (records: Parameters<typeof replayed>[1][], record = done(0)) => {
      const { ledger, read } = replayed(1, begin, ...records);
      return hashOfOld(ledger, read, record);
    };
    expect(of([intent(0)], done(0, {}, { seen }))).toBe('d'.repeat(64));
    expect(of([intent(0)])).toBe(SHA);
    expect(of([intent(0)], done(0, {}, { seen: { size: 1, changed: 1 } }))).toBe(SHA);
    expect(of([])).toBeUndefined();
    expect(of([intent(0)], done(0, { flags: ['sealed-moved'] }))).toBeUndefined();
  });
});

describe(decideUndo, () => {
  const step = (more: object = {}) =>
    ({
      do: 'undo-write',
      i: 0,
      path: PATH,
      before: null,
      backup: null,
      wrote: { after: SEAL },
      old: SHA,
      ...more,
    }) as Extract<UndoStep, { do: 'undo-write' }>;
  const sight = (more: Partial<WriteSight> = {}): WriteSight => ({
    now: SEAL,
    sources: new Set(),
    copy: 'gone',
    isOldThere: () => true,
    mayBeTakenBack: false,
    isEarlier: () => false,
    ...more,
  });
  const replaced = { before: BYTES, backup: 2 };
  const announced = { wrote: { source: SHA } };

  it.each<[string, object, Partial<WriteSight>, object]>([
    ['removes what apply wrote where nothing was', {}, {}, { act: 'remove' }],
    ['brings back what it replaced', replaced, { copy: 'as-recorded' }, { act: 'restore-copy' }],
    ['leaves what changed since', {}, { now: 'seal:x' }, { act: 'keep', found: 'kept' }],
    ['leaves what is no file', {}, { now: undefined }, { act: 'keep', found: 'kept' }],
    ['leaves what stands nowhere else', {}, { isOldThere: () => false }, { act: 'keep', found: 'last-copy' }],
    ['leaves it where the copy is gone', replaced, {}, { act: 'keep', found: 'last-copy' }],
    ['leaves it where the copy is another', replaced, { copy: 'other' }, { act: 'keep', found: 'last-copy' }],
    [
      'leaves a replaced one whose old file is gone',
      replaced,
      { copy: 'as-recorded', isOldThere: () => false },
      { act: 'keep', found: 'last-copy' },
    ],
    ['tells what somebody removed', {}, { now: null }, { act: 'keep', found: 'gone' }],
    [
      'tells it with its copy, too',
      replaced,
      { now: null, copy: 'as-recorded', mayBeTakenBack: true },
      { act: 'keep', found: 'gone' },
    ],
    ['finds it taken back already', {}, { now: null, mayBeTakenBack: true }, { act: 'nothing' }],
    ['finds what was announced and not written', announced, { now: null }, { act: 'nothing' }],
    [
      'tells what was announced over something and is gone',
      { ...announced, ...replaced },
      { now: null },
      { act: 'keep', found: 'gone' },
    ],
    [
      'finds what stood there, with a copy too many',
      replaced,
      { now: BYTES, copy: 'as-recorded' },
      { act: 'drop-copy' },
    ],
    ['finds what stood there', replaced, { now: BYTES }, { act: 'nothing' }],
    [
      'finds what stood there without a copy',
      { before: BYTES },
      { now: BYTES, copy: 'as-recorded' },
      { act: 'nothing' },
    ],
    ['removes what a killed run wrote, by its source', announced, { sources: new Set([SHA]) }, { act: 'remove' }],
    ['leaves what has another source', announced, { sources: new Set(['x']) }, { act: 'keep', found: 'kept' }],
    [
      'finds a state that a stopped rollback brought back',
      {},
      { now: BYTES, isEarlier: (each) => each === BYTES },
      { act: 'nothing' },
    ],
  ])('%s', (_, more, seen, decision) => {
    expect(decideUndo(step(more), sight(seen))).toEqual(decision);
  });

  it('asks for the old file only where the entry would go', () => {
    const asked = () => {
      throw new Error('asked');
    };
    for (const now of [undefined, null, 'seal:x']) decideUndo(step(), sight({ now, isOldThere: asked }));
    expect(() => decideUndo(step(), sight({ isOldThere: asked }))).toThrow('asked');
  });
});

describe(earlierStates, () => {
  it('lists what stood at each path before each write, announced or done', () => {
    const to = [
      { path: PATH, before: SEAL, backup: 0 },
      { path: OTHER, before: null, backup: null },
    ];
    const { ledger, read } = replayed(
      2,
      begin,
      intent(0, { to }),
      done(0, { wrote: [wrote(PATH, 1)] }),
      done(1, { wrote: [wrote(OTHER)] }),
    );
    expect(earlierStates(ledger, read)).toEqual(new Map([[PATH, new Set([SEAL, BYTES])]]));
  });
});
