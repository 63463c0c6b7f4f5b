import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KnownFile, audit } from './audit.fixture.ts';
import { ENDINGS, LONGEST_MS, isBuilt, makeSmallCache, runBuilt, seeded } from './command.fixture.ts';
import { scratch, treeOf } from './old-cache.fixture.ts';

/** Every so many-th system call is a point of a power cut; test:long takes all. */
const STRIDE = Number(process.env['VISION_CACHE_POWER_STRIDE'] ?? 40);
const SEED = Number(process.env['VISION_CACHE_POWER_SEED'] ?? 1);

/** File systems on files of the sizes that their makers allow, and the option that mounts a second one of the same name. */
const FILE_SYSTEMS = {
  ext4: { make: ['mkfs.ext4', '-q', '-F'], bytes: 48 << 20, options: 'loop' },
  xfs: { make: ['mkfs.xfs', '-q', '-f'], bytes: 320 << 20, options: 'loop,nouuid' },
} as const;
type Kind = keyof typeof FILE_SYSTEMS;

const done = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

function canMount(kind: Kind): boolean {
  const probe = scratch();
  const { make, bytes, options } = FILE_SYSTEMS[kind];
  const [image, place] = [join(probe.path, 'image'), join(probe.path, 'place')];
  writeFileSync(image, '');
  truncateSync(image, bytes);
  mkdirSync(place);
  const [command, ...flags] = make;
  const can = done(command, ...flags, image) && done('mount', '-o', options, image, place) && done('umount', place);
  probe.remove();
  return can && isBuilt;
}

/** A disk that may lose its power: only what the file system has given to it is there afterwards. */
class CutDisk {
  readonly folder: string;
  private readonly base: ReturnType<typeof scratch>;
  private readonly kind: Kind;

  constructor(kind: Kind) {
    this.kind = kind;
    this.base = scratch();
    this.folder = join(this.base.path, 'disk');
    mkdirSync(this.folder);
    const { make, bytes } = FILE_SYSTEMS[kind];
    writeFileSync(this.image('empty'), '');
    truncateSync(this.image('empty'), bytes);
    const [command, ...flags] = make;
    expect(done(command, ...flags, this.image('empty'))).toBe(true);
  }

  private image(name: string): string {
    return join(this.base.path, `${name}.image`);
  }

  mount(name: string): void {
    expect(done('mount', '-o', FILE_SYSTEMS[this.kind].options, this.image(name), this.folder)).toBe(true);
  }

  unmount(): void {
    expect(done('umount', this.folder)).toBe(true);
  }

  /** The bytes of the device as they are now, mounted or not. */
  copy(from: string, to: string): void {
    expect(done('cp', '--sparse=always', this.image(from), this.image(to))).toBe(true);
  }

  remove(): void {
    spawnSync('umount', [this.folder]);
    this.base.remove();
  }
}

const kinds = (Object.keys(FILE_SYSTEMS) as Kind[]).filter((kind) => {
  const can = canMount(kind);
  if (!can)
    console.warn(`SKIPPED: power cuts on ${kind}; mounting needs root on Linux, mkfs.${kind} and a built migrator.`);
  return can;
});

let pristine: ReturnType<typeof scratch>;
let known: KnownFile[] = [];
beforeAll(async () => {
  pristine = scratch();
  known = await makeSmallCache(pristine.path);
});
afterAll(() => pristine.remove());

(kinds.length > 0 ? describe.each(kinds) : describe.skip.each(['no file system']))('the power goes on %s', (kind) => {
  it.each(ENDINGS)(
    'during %s into %s, and no row is lost',
    async (command, root) => {
      const disk = new CutDisk(kind as Kind);
      try {
        const live = disk.folder;
        const [from, to, out] = [join(live, 'old'), join(live, root), join(live, 'plan')];
        const removing = ['apply', out, '--remove-old'];
        const args = command === 'apply' ? removing : [command, out];
        disk.mount('empty');
        cpSync(pristine.path, from, { recursive: true, preserveTimestamps: true });
        expect(runBuilt(['plan', '--from', from, '--to', to, '--out', out]).code).toBe(0);
        const before = treeOf(live);
        if (command !== 'apply') expect(runBuilt(removing)).toEqual({ code: 0, said: '' });
        disk.unmount();
        let points = 0;
        for (let killAt = 1 + (SEED % STRIDE); ; killAt += STRIDE) {
          const random = seeded(SEED * 7919 + killAt);
          const syncAt = random(2) === 0 ? 1 + random(killAt) : 0;
          disk.copy('empty', 'live');
          disk.mount('live');
          const { code } = runBuilt(args, { killAt, syncAt }, live);
          // The power goes now: what the system still held in its memory is gone with it.
          disk.copy('live', 'cut');
          disk.unmount();
          if (code !== null) break;
          points += 1;
          disk.mount('cut');
          const at = { killAt, syncAt };
          const { lost } = await audit(live, from, to, known);
          expect([at, lost]).toEqual([at, []]);
          expect([at, runBuilt(args)]).toEqual([at, { code: 0, said: '' }]);
          const after = await audit(live, from, to, known);
          if (command !== 'rollback') expect([at, after.notInNew]).toEqual([at, []]);
          if (command !== 'finish') {
            expect([at, runBuilt(['rollback', out])]).toEqual([at, { code: 0, said: '' }]);
            expect([at, treeOf(live)]).toEqual([at, before]);
          }
          disk.unmount();
        }
        console.log(`${points} power cuts of ${command} into ${root} on ${kind}`);
        expect(points).toBeGreaterThan(0);
      } finally {
        disk.remove();
      }
    },
    LONGEST_MS,
  );
});
