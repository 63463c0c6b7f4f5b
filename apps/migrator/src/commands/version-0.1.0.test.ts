import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scratch, treeOf } from '../__fixtures__/old-cache.fixture.ts';
import { type Scenario, layOut } from '../__fixtures__/version-0.1.0.fixture.ts';
import { apply, finish, plan, rollback, status, verify } from '../index.ts';

let base: ReturnType<typeof scratch>;
beforeEach(() => {
  base = scratch();
});
afterEach(() => base.remove());

/** The old files as they were before 0.1.0 did anything, by name. */
const OLD = [
  'BINANCE/KLINES/spot/BTCUSDT/1h/2024-01-01.arrow',
  'BTCUSDT/1h/2024-01-01.arrow',
  'SOLUSDT/1h/2024-01-01.arrow',
  'binance/spot/klines/daily/ADAUSDT/1h/2024-01-01.arrow',
  'data/ETHUSDT/1h/202401.arrow',
  'notes.txt',
];
const filesOf = (root: string): string[] =>
  treeOf(root)
    .filter((line) => !line.endsWith('/'))
    .map((line) => line.split(' ')[0]!);
const pristine = (): string[] => {
  const other = scratch();
  try {
    layOut('kept', other.path);
    return treeOf(join(other.path, 'old'));
  } finally {
    other.remove();
  }
};

describe('what version 0.1.0 left', () => {
  it.each<Scenario>(['applied', 'applied-in-place', 'kept'])('is verified: %s', (scenario) => {
    const { plan: path } = layOut(scenario, base.path);
    expect(verify({ plan: path })).toMatchObject({ success: 4, failed: 0, skipped: 1, rows: 10 });
    expect(status({ plan: path })).toMatchObject({ success: 4, failed: 1, state: 'applied' });
  });

  it.each<Scenario>(['applied', 'applied-in-place', 'kept', 'apply-killed', 'rollback-killed'])(
    'is rolled back byte for byte: %s',
    async (scenario) => {
      const { plan: path } = layOut(scenario, base.path);
      expect((await rollback({ plan: path })).findings).toEqual([]);
      expect(treeOf(join(base.path, 'old'))).toEqual(pristine());
      expect(existsSync(join(base.path, 'new'))).toBe(false);
    },
  );

  it.each<Scenario>(['applied', 'applied-in-place', 'finish-killed', 'finished'])('is finished: %s', (scenario) => {
    const { plan: path } = layOut(scenario, base.path);
    expect(finish({ plan: path })).toMatchObject({ state: 'finished', success: 4, leftAside: [] });
    const old = filesOf(join(base.path, 'old')).filter((each) => !each.startsWith('.vision-cache'));
    expect(old).toContain('SOLUSDT/1h/2024-01-01.arrow');
    expect(old).not.toContain('BTCUSDT/1h/2024-01-01.arrow');
    expect(verify({ plan: path })).toMatchObject({ failed: 0, findings: [] });
  });

  it('keeps an old file of it whose entry is gone', () => {
    const { plan: path } = layOut('applied', base.path);
    const entry = join(base.path, 'new/binance/spot/klines/daily/ETHUSDT/1h/2024-01-02.arrow');
    writeFileSync(entry, 'damaged');
    expect(finish({ plan: path }).leftAside).toMatchObject([{ path: 'data/ETHUSDT/1h/202401.arrow' }]);
  });

  it('is refused by apply, by name, and nothing is changed', async () => {
    const { plan: path } = layOut('apply-killed', base.path);
    const before = treeOf(base.path);
    await expect(apply({ plan: path })).rejects.toMatchObject({
      code: 'E_STATE',
      message: expect.stringContaining('0.1.0'),
    });
    expect(treeOf(base.path)).toEqual(before);
  });

  it('is refused whole where one line of its plan is damaged, before anything is changed', async () => {
    const { plan: path } = layOut('kept', base.path);
    await rollback({ plan: path });
    const text = readFileSync(path, 'utf8');
    const at = text.lastIndexOf('"size":') + 7;
    writeFileSync(path, `${text.slice(0, at)}-${text.slice(at)}`);
    const before = treeOf(base.path);
    await expect(apply({ plan: path })).rejects.toMatchObject({ code: 'E_PLAN' });
    expect(treeOf(base.path)).toEqual(before);
  });

  it('is a plan that apply can begin', async () => {
    const { plan: path, journal } = layOut('kept', base.path);
    await rollback({ plan: path });
    expect(existsSync(journal)).toBe(false);
    expect(await apply({ plan: path })).toMatchObject({ success: 4, failed: 1 });
  });

  it('is torn only at its last line without a newline', async () => {
    const { plan: path, journal } = layOut('applied', base.path);
    const lines = readFileSync(journal, 'utf8').split('\n');
    writeFileSync(journal, [...lines.slice(0, 4), lines[4]!.slice(0, 9)].join('\n'));
    expect(status({ plan: path }).state).toBe('applying');
    writeFileSync(journal, [...lines.slice(0, 4), lines[4]!.slice(0, 9), ...lines.slice(5)].join('\n'));
    expect(() => status({ plan: path })).toThrow(expect.objectContaining({ code: 'E_JOURNAL_DAMAGED' }));
  });

  it('is replanned beside', async () => {
    const { plan: path } = layOut('kept', base.path);
    const [from, to] = [join(base.path, 'old'), join(base.path, 'new')];
    expect(plan({ from, to, out: `${path}-2` }).totals).toMatchObject({ files: 5 });
    expect(await apply({ plan: `${path}-2` })).toMatchObject({ success: 0, skipped: 4, failed: 1 });
    expect(filesOf(from)).toEqual(OLD);
  });
});
