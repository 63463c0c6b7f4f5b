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
import type { NumberedFile } from '../plan/open-plan.ts';
import { type AsideSight, type FinishStep, decideFinish, describeFinishStep, finishSteps } from './finish-steps.ts';

const stepsOf = (...[files, ...records]: Parameters<typeof replayed>): FinishStep[] => {
  const { ledger, read } = replayed(files, ...records);
  const numbered = Array.from({ length: files }, (_, i) => ({
    i,
    file: { file: `file-${i}` },
  })) as unknown as NumberedFile[];
  return [...finishSteps(numbered, ledger, read)];
};

describe(finishSteps, () => {
  it('deletes what stands aside, with what proves it, and settles copies', () => {
    const seen = { size: 1, changed: 1, sha256: 'd'.repeat(64) };
    const both = done(0, { wrote: [wrote(PATH, 4), wrote(OTHER)] }, { seen, holds: [SEAL] });
    const steps = stepsOf(3, begin, intent(0), both, done(1), remove(0), remove(1));
    expect(steps.map(describeFinishStep)).toEqual([
      'delete file-0, which stands aside',
      `delete the copy of what stood at ${PATH}`,
      'delete file-1, which stands aside',
    ]);
    expect(steps[0]).toMatchObject({ i: 0, sha256: 'd'.repeat(64), holds: [SEAL], outcome: both.outcome });
    expect(steps[1]).toMatchObject({ path: PATH, backup: 4, file: { file: 'file-0' }, outcome: both.outcome });
    expect(steps[2]).toMatchObject({ i: 1, sha256: undefined, holds: undefined });
  });

  it('takes the hash that was announced, where the outcome has none', () => {
    expect(stepsOf(1, begin, intent(0), done(0), remove(0))[0]).toMatchObject({ sha256: SHA });
  });

  it('has nothing to do for what stands where it was, was kept, or has no outcome', () => {
    expect(stepsOf(3, begin, done(0), done(1), remove(1), kept(1), intent(2))).toEqual([]);
  });

  it('settles each copy once, whichever record names it', () => {
    const to = [
      { path: PATH, before: BYTES, backup: 0 },
      { path: OTHER, before: BYTES, backup: 1 },
    ];
    const steps = stepsOf(1, begin, intent(0, { to }), done(0, { wrote: [wrote(PATH, 0)] }));
    expect(steps.map((step) => step.do === 'settle-copy' && step.backup)).toEqual([0, 1]);
  });
});

describe(decideFinish, () => {
  const step = (sha256: string | undefined) =>
    ({ do: 'delete-aside', sha256 }) as Extract<FinishStep, { do: 'delete-aside' }>;
  const sight = (more: Partial<AsideSight> = {}): AsideSight => ({
    sha256: SHA,
    isAsProven: () => true,
    findMissing: () => undefined,
    ...more,
  });
  const missing = () => 'rows-missing';

  it.each<[string, string | undefined, Partial<AsideSight>, object]>([
    ['deletes what is proven', SHA, { findMissing: missing }, { act: 'delete' }],
    ['has nothing to do where nothing stands', SHA, { sha256: undefined }, { act: 'nothing' }],
    ['leaves what changed since', SHA, { sha256: 'x' }, { act: 'leave', found: 'old-file-changed' }],
    ['compares by value where the new place is another', SHA, { isAsProven: () => false }, { act: 'delete' }],
    [
      'leaves what the new place does not hold',
      SHA,
      { isAsProven: () => false, findMissing: missing },
      { act: 'leave', found: 'rows-missing' },
    ],
    [
      'compares by value where no hash is known',
      undefined,
      { findMissing: missing },
      { act: 'leave', found: 'rows-missing' },
    ],
    ['deletes by value where no hash is known', undefined, {}, { act: 'delete' }],
  ])('%s', (_, sha256, more, decision) => {
    expect(decideFinish(step(sha256), sight(more))).toEqual(decision);
  });
});
