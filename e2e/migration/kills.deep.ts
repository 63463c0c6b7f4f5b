import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plan } from '@vision-cache/migrator';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KnownFile, audit } from './audit.fixture.ts';
import { ENDINGS, LONGEST_MS, isBuilt, makeSmallCache, runBuilt as run } from './command.fixture.ts';
import { scratch, treeOf } from './old-cache.fixture.ts';

/** Every so many-th system call is a point of a kill; 1 is all of them, as test:long has it. */
const STRIDE = Number(process.env['VISION_CACHE_KILL_STRIDE'] ?? 7);

let base: ReturnType<typeof scratch>;
let known: KnownFile[] = [];
beforeAll(async () => {
  base = scratch();
  known = await makeSmallCache(join(base.path, 'pristine'));
});
afterAll(() => base.remove());

const live = (): string => join(base.path, 'live');

function restore(root: string): { from: string; to: string; out: string } {
  rmSync(live(), { recursive: true, force: true });
  mkdirSync(live());
  const [from, to, out] = [join(live(), 'old'), join(live(), root), join(live(), 'plan')];
  cpSync(join(base.path, 'pristine'), from, { recursive: true, preserveTimestamps: true });
  plan({ from, to, out });
  return { from, to, out };
}

(isBuilt ? describe : describe.skip)('killed at a system call, and run again', () => {
  it.each(ENDINGS)(
    '%s into %s loses no row and leaves nothing behind',
    async (command, root) => {
      let points = 0;
      for (let at = 1; ; at += STRIDE) {
        const { from, to, out } = restore(root);
        const before = treeOf(live());
        const removing = ['apply', out, '--remove-old'];
        const args = command === 'apply' ? removing : [command, out];
        if (command !== 'apply') expect(run(removing)).toEqual({ code: 0, said: '' });
        const { code } = run(args, { killAt: at });
        if (code !== null) break;
        points += 1;
        const { lost } = await audit(live(), from, to, known);
        expect([at, lost]).toEqual([at, []]);
        const again = run(args);
        // Where the kill came after all was done, a second rollback or finish has nothing to do.
        expect([at, again]).toEqual([at, { code: 0, said: '' }]);
        if (command === 'apply') expect([at, run(['verify', out])]).toEqual([at, { code: 0, said: '' }]);
        if (command === 'finish') expect((await audit(live(), from, to, known)).notInNew).toEqual([]);
        if (command === 'finish') continue;
        // What it all comes to: the old tree byte for byte, and not one folder more than before.
        expect([at, run(['rollback', out])]).toEqual([at, { code: 0, said: '' }]);
        expect([at, treeOf(live())]).toEqual([at, before]);
      }
      console.log(`${points} kills of ${command} into ${root}`);
      expect(points).toBeGreaterThan(100 / STRIDE / 4);
      expect(readFileSync(join(live(), 'plan')).length).toBeGreaterThan(0);
    },
    LONGEST_MS,
  );
});
