import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openPlan, outcomes, plan, rollback, verify } from '@vision-cache/migrator';
import { describe, expect, it } from '@jest/globals';
import { isBuilt } from './command.fixture.ts';
import { builtCommand, dayOf, migrationFolders } from './migration.fixture.ts';
import { ofAnotherDay, oldFile, put, treeOf } from './old-cache.fixture.ts';

const { run, exitOf } = builtCommand();
const folders = migrationFolders();

/** Days of several generations, partly on top of each other, so that entries are united, split and relabelled. */
async function mixedTree(root: string, days: number): Promise<void> {
  const first = dayOf(0);
  const whole = await oldFile('BTCUSDT', '1h', first);
  const [early, late] = [
    await oldFile('ETHUSDT', '1h', first, [0, 1, 2]),
    await oldFile('ETHUSDT', '1h', first, [2, 3, 4]),
  ];
  for (let day = 0; day < days; day++) {
    const date = dayOf(day);
    const on = (bytes: Buffer): Buffer => ofAnotherDay(bytes, '1h', first, date);
    put(root, `BTCUSDT/1h/${date}.arrow`, on(whole));
    if (day % 3 === 0) put(root, `data/ETHUSDT/1h/${dayOf(day + 100)}.arrow`, on(early));
    if (day % 4 === 0) put(root, `BINANCE/KLINES/spot/ETHUSDT/1h/${date}.arrow`, on(late));
    if (day % 5 === 0) put(root, `SOLUSDT/1h/${date}.arrow`, Buffer.from('half a file'));
    if (day % 6 === 0) put(root, `binance/spot/klines/daily/ADAUSDT/1h/${date}.arrow`, on(whole));
    if (day % 12 === 0) put(root, `ADAUSDT/1h/${date}.arrow`, on(whole));
  }
}

/** The tree without the journal, which records interruptions; everything else must be the same. */
const final = (root: string): string[] => treeOf(root, /^\.vision-cache\/(journal|leases)/);

const KILLS = 30;
/** Runs go on side by side, one on each core of a small machine. */
const LANES = [0, 1];
/** The points of the kills, spread evenly however many there are: the golden ratio's multiples. */
const pointOf = (index: number): number => (index * 0.618_034) % 1;

(isBuilt ? describe : describe.skip)('F52: killed at any point, and run again', () => {
  it.each([
    ['into another root', 'new'],
    ['in place', 'old'],
  ])('ends with the same tree byte for byte, %s', async (_, root) => {
    const pristine = join(folders.base, 'pristine');
    await mixedTree(pristine, 36);
    const killedIn = async (lane: number): Promise<number> => {
      const at = join(folders.base, `lane${lane}`);
      const [old, place, file] = [join(at, 'old'), join(at, root), join(at, 'plan')];
      const removing = ['apply', file, '--remove-old'];
      const restore = (): void => {
        rmSync(at, { recursive: true, force: true });
        mkdirSync(at);
        spawnSync('cp', ['-a', pristine, old]);
        plan({ from: old, to: place, out: file });
      };
      const trees = () => [final(old), final(join(at, 'new'))];
      restore();
      const whole = await run(removing);
      expect([whole.code, whole.said]).toEqual([1, '']);
      const undisturbed = trees();
      let { took } = whole;
      let killed = 0;
      // How long a run takes differs on a busy machine: until so many were killed, some of which end before they are.
      for (let point = lane; killed < KILLS / LANES.length; point += LANES.length) {
        expect(point).toBeLessThan(8 * KILLS);
        restore();
        const first = await run(removing, took * pointOf(point));
        if (first.code === null) killed += 1;
        else took = Math.min(took, first.took);
        // At this moment every file is in its old place, or its rows are recorded to be in the new.
        for (const { file: planned, outcome } of outcomes(openPlan(file))) {
          const places = [join(old, planned.file), ...outcome.targets.map((target) => join(place, target.path))];
          expect([planned.file, places.some((path) => existsSync(path))]).toEqual([planned.file, true]);
        }
        expect(await exitOf(removing, 1)).toBe('exit 1');
        expect(trees()).toEqual(undisturbed);
        expect(verify({ plan: file }).failed).toBe(0);
        if (point % 5 > 0) continue;
        const before = treeOf(at);
        expect(await exitOf(removing, 1)).toBe('exit 1');
        expect(treeOf(at)).toEqual(before);
      }
      return killed;
    };
    const killed = await Promise.all(LANES.map(killedIn));
    console.log(`killed ${killed.reduce((sum, each) => sum + each, 0)} runs, ${_}`);
  });

  it('a rollback that is killed goes on, and one after a kill restores the old tree', async () => {
    const pristine = join(folders.base, 'pristine');
    await mixedTree(pristine, 24);
    const before = treeOf(pristine);
    const restore = (point: number): void => {
      rmSync(folders.from, { recursive: true, force: true });
      rmSync(folders.to, { recursive: true, force: true });
      spawnSync('cp', ['-a', pristine, folders.from]);
      plan({ from: folders.from, to: point % 2 === 0 ? folders.to : folders.from, out: folders.out });
    };
    restore(0);
    const applying = (await run(['apply', folders.out, '--remove-old'])).took;
    const taking = (await run(['rollback', folders.out])).took;
    for (let point = 0; point < 20; point++) {
      restore(point);
      await run(['apply', folders.out, '--remove-old'], applying * (0.3 + pointOf(point)));
      await run(['rollback', folders.out], taking * (0.3 + pointOf(point + 7)));
      expect((await rollback({ plan: folders.out })).findings).toEqual([]);
      expect(treeOf(folders.from)).toEqual(before);
      expect(treeOf(folders.to)).toEqual([]);
    }
  });

  it.each(['finish', 'rollback'])('a %s that is killed loses no row, whatever is run next', async (ending) => {
    const pristine = join(folders.base, 'pristine');
    await mixedTree(pristine, 24);
    const before = treeOf(pristine);
    const restore = async (point: number): Promise<void> => {
      rmSync(folders.from, { recursive: true, force: true });
      rmSync(folders.to, { recursive: true, force: true });
      spawnSync('cp', ['-a', pristine, folders.from]);
      plan({ from: folders.from, to: point % 2 === 0 ? folders.to : folders.from, out: folders.out });
      await run(['apply', folders.out, '--remove-old']);
    };
    await restore(0);
    const { took } = await run([ending, folders.out]);
    for (let point = 0; point < 20; point++) {
      await restore(point);
      await run([ending, folders.out], took * (0.3 + 0.7 * pointOf(point)));
      // The other way out: it is open until the first change, and closed from then on.
      const other = ending === 'finish' ? ['rollback', folders.out] : ['apply', folders.out, '--remove-old'];
      const { code } = await run(other);
      if (ending === 'finish' && code === 2) {
        expect(await exitOf(['finish', folders.out], 1)).toBe('exit 1');
        expect(verify({ plan: folders.out }).failed).toBe(0);
        continue;
      }
      if (ending === 'rollback' && code === 2) expect(await exitOf(['finish', folders.out], 2)).toBe('exit 2');
      else if (ending === 'rollback') expect([code, verify({ plan: folders.out }).failed]).toEqual([1, 0]);
      expect((await rollback({ plan: folders.out })).findings).toEqual([]);
      expect(treeOf(folders.from)).toEqual(before);
    }
  });

  it('two applies at once: one works, the other says so', async () => {
    await mixedTree(folders.from, 40);
    plan(folders);
    const both = await Promise.all([run(['apply', folders.out]), run(['apply', folders.out])]);
    expect(both.map(({ code }) => code).sort()).toEqual([1, 2]);
    expect(both.map(({ said }) => said).join('')).toContain('E_LOCKED');
    expect(verify({ plan: folders.out }).failed).toBe(0);
  });
});
