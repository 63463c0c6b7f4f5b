import { describe, expect, it } from '@jest/globals';
import { OTHER, PATH, SEAL, SHA } from '../__fixtures__/records.fixture.ts';
import { parseCachePath } from '@vision-cache/cache-keys';
import type { Staged } from '../new-cache/stage-file.ts';
import { type ApplyGiven, type ApplyStep, applySteps, describeApplyStep } from './apply-steps.ts';

interface Target {
  readonly path: string;
  readonly standing?: string;
}

/** A file whose rows go to some places; of what steps need to know, no more. */
function staged(i: number, targets: readonly Target[], more: object = {}): Staged {
  const of = ({ path }: Target) => ({ key: parseCachePath(path), batch: { numRows: 3 } });
  return {
    i,
    file: { file: `file-${i}` },
    source: { sha256: SHA, targets: targets.map(of) },
    writes: targets.map((target) => ({
      target: of(target),
      standing: target.standing === undefined ? { kind: 'nothing' } : { kind: 'entry', fingerprint: target.standing },
    })),
    ...more,
  } as unknown as Staged;
}

function given(more: Partial<ApplyGiven> = {}): ApplyGiven {
  let number = 0;
  return {
    intents: new Map(),
    isThere: () => true,
    takeBackupNumber: () => number++,
    removes: false,
    isInPlace: () => false,
    isAway: () => false,
    ...more,
  };
}

/** Steps as words, in their order. */
const told = (steps: readonly ApplyStep[]): string[] =>
  steps.map((step) => {
    if (step.do === 'record') return `${step.record.t} ${step.i}`;
    if (step.do === 'commit') return `commit ${step.reserve}`;
    if (step.do === 'keep-copy') return `keep-copy ${step.i} ${step.backup}`;
    if (step.do === 'save') return `save ${step.files.map(({ i }) => i).join(' ')}`;
    return 'i' in step ? `${step.do} ${step.i}` : step.do;
  });

describe(applySteps, () => {
  it('announces, writes, proves and records, in this order', () => {
    const files = [staged(0, [{ path: PATH }]), staged(4, [{ path: OTHER }])];
    const steps = applySteps(files, given());
    expect(told(steps)).toEqual(['intent 0', 'intent 4', 'commit 3500', 'save 0 4', 'prove 0', 'prove 4', 'commit 0']);
    expect(steps[0]).toMatchObject({
      record: { t: 'intent', i: 0, sha256: SHA, to: [{ path: PATH, before: null, backup: null }] },
    });
    expect(steps[4]).toMatchObject({ announced: [{ path: PATH, before: null, backup: null }] });
  });

  it('reserves room for each record and each of its targets', () => {
    const steps = applySteps([staged(0, [{ path: PATH }, { path: OTHER }])], given());
    expect(told(steps)).toContain('commit 2800');
  });

  it('keeps a copy of what it replaces before it announces that, each under its own number', () => {
    const files = [staged(0, [{ path: PATH, standing: SEAL }]), staged(1, [{ path: OTHER, standing: SEAL }])];
    const steps = applySteps(files, given());
    expect(told(steps).slice(0, 6)).toEqual([
      'keep-copy 0 0', 'intent 0', 'keep-copy 1 1', 'intent 1', 'sync-copies', 'commit 3500',
    ]); // prettier-ignore
    expect(steps[1]).toMatchObject({ record: { to: [{ path: PATH, before: SEAL, backup: 0 }] } });
  });

  it('names the entry that a sealed file came from', () => {
    const file = staged(0, [{ path: PATH }]);
    const sealed = { ...file, source: { ...file.source, facts: { sourceSha256: 'b'.repeat(64) } } } as Staged;
    expect(applySteps([sealed], given())[0]).toMatchObject({ record: { sha256: 'b'.repeat(64) } });
  });

  it('goes by what a killed run found before it wrote, and makes no second copy', () => {
    const before = { path: PATH, before: SEAL, backup: 9 };
    const intents: ApplyGiven['intents'] = new Map([[0, { t: 'intent', i: 0, sha256: SHA, to: [before] }]]);
    const steps = applySteps([staged(0, [{ path: PATH, standing: 'seal:x' }, { path: OTHER }])], given({ intents }));
    expect(told(steps)[0]).toBe('intent 0');
    expect(steps[0]).toMatchObject({ record: { to: [before, { path: OTHER, before: null, backup: null }] } });
  });

  it('announces folders before it makes them, outermost first and each once', () => {
    const there = new Set(['binance', 'binance/spot']);
    const file = staged(0, [{ path: PATH }, { path: OTHER }]);
    const [first] = applySteps([file], given({ isThere: (folder) => there.has(folder) }));
    const root = 'binance/spot/klines';
    expect(first).toEqual({
      do: 'record',
      i: 0,
      record: {
        t: 'folders',
        made: [
          root, `${root}/daily`, `${root}/daily/BTCUSDT`, `${root}/daily/BTCUSDT/1h`, `${root}/daily/ETHUSDT`, `${root}/daily/ETHUSDT/1h`,
        ],
      },
    }); // prettier-ignore
    const none = applySteps([file], given({ isThere: () => false }))[0];
    expect(none).toMatchObject({ record: { made: expect.arrayContaining(['binance']) } });
  });

  it('proves a file that has nothing to write, and announces nothing', () => {
    const file = staged(0, [{ path: PATH }], { writes: [] });
    const steps = applySteps([file], given());
    expect(told(steps)).toEqual(['commit 2100', 'save 0', 'prove 0', 'commit 0']);
    expect(steps[2]).toMatchObject({ announced: [] });
  });

  it('records all moves before the first of them, once all is proven', () => {
    const files = [staged(0, [{ path: PATH }]), staged(1, [{ path: OTHER }])];
    const steps = applySteps(files, given({ removes: true }));
    expect(told(steps).slice(-8)).toEqual([
      'commit 0', 'remove 0', 'remove 1', 'commit 0', 'move-aside 0', 'move-aside 1', 'commit 0', 'sync-moves',
    ]); // prettier-ignore
    expect(steps.find((step) => step.do === 'record' && step.record.t === 'remove')).toMatchObject({
      record: { t: 'remove', i: 0, file: 'file-0' },
    });
  });

  it('moves none that is away already, or that its own entry replaced', () => {
    const files = [staged(0, [{ path: PATH }]), staged(1, [{ path: OTHER }])];
    const away = applySteps(files, given({ removes: true, isAway: ({ i }) => i === 0 }));
    expect(told(away).filter((each) => each.startsWith('move'))).toEqual(['move-aside 1']);
    const inPlace = given({ removes: true, isInPlace: (file, path) => file === 'file-1' && path === OTHER });
    expect(told(applySteps(files, inPlace)).filter((each) => each.startsWith('move'))).toEqual(['move-aside 0']);
    const none = applySteps(files, given({ removes: true, isAway: () => true }));
    expect(told(none).at(-1)).toBe('commit 0');
    expect(told(none)).not.toContain('sync-moves');
  });
});

describe(describeApplyStep, () => {
  it('says what changes something, and is silent of the books', () => {
    const files = [staged(0, [{ path: PATH, standing: SEAL }, { path: OTHER }])];
    const lines = applySteps(files, given({ removes: true })).map(describeApplyStep);
    expect(lines.filter((line) => line !== undefined)).toEqual([
      `keep a copy of ${PATH}, which is replaced`,
      `write ${PATH}: 3 rows of file-0\nwrite ${OTHER}: 3 rows of file-0`,
      'move file-0 aside',
    ]);
    expect(describeApplyStep({ do: 'save', files: [] })).toBeUndefined();
  });
});
