import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readArrowFile } from '@vision-cache/arrow-store';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scratch, treeOf } from '../__fixtures__/old-cache.fixture.ts';
import { type Scenario, layOut } from '../__fixtures__/version-0.1.0.fixture.ts';
import { run } from '../cli/command.ts';
import { apply, openPlan, outcomes, plan, rollback } from '../index.ts';

/** How many damages are tried; test:long takes 2,000. */
const RUNS = Number(process.env['VISION_CACHE_DAMAGE_RUNS'] ?? 200);
const SEED = Number(process.env['VISION_CACHE_DAMAGE_SEED'] ?? 1);
const SCENARIOS: Scenario[] = [
  'applied',
  'applied-in-place',
  'kept',
  'apply-killed',
  'rollback-killed',
  'finish-killed',
];
const COMMANDS = ['verify', 'rollback', 'finish', 'apply', 'apply --remove-old', 'status'];

interface Known {
  readonly file: string;
  readonly sha256: string;
  /** Its rows, by new path: the open times with the prices. */
  readonly rows: ReadonlyMap<string, readonly string[]>;
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function rowsAt(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  try {
    const { columns, numRows } = await readArrowFile<never>(path);
    const { open_time: time, open } = columns as unknown as Record<string, ArrayLike<unknown>>;
    return Array.from({ length: numRows }, (_, row) => `${String(time![row])} ${String(open![row])}`);
  } catch {
    return [];
  }
}

let base: ReturnType<typeof scratch>;
const known: Known[] = [];
beforeAll(async () => {
  base = scratch();
  const whole = join(base.path, 'whole');
  mkdirSync(whole);
  await rollback({ plan: layOut('kept', whole).plan });
  // What each old file holds: what a migration of it alone writes.
  for (const line of treeOf(join(whole, 'old'))) {
    const [file = '', sha256] = line.split(' ');
    if (sha256 === undefined || !file.endsWith('.arrow')) continue;
    const alone = join(base.path, 'alone');
    rmSync(alone, { recursive: true, force: true });
    cpSync(join(whole, 'old', file), join(alone, 'old', file), { preserveTimestamps: true });
    const out = join(alone, 'plan');
    plan({ from: join(alone, 'old'), to: join(alone, 'new'), out });
    await apply({ plan: out });
    const rows = new Map<string, string[]>();
    for (const { outcome } of outcomes(openPlan(out)))
      for (const { path } of outcome.targets) rows.set(path, await rowsAt(join(alone, 'new', path)));
    known.push({ file, sha256: sha256Of(readFileSync(join(whole, 'old', file))), rows });
  }
});
afterAll(() => base.remove());

/** Old files that stand nowhere any more, and whose rows the new tree does not hold. */
async function findLost(live: string): Promise<string[]> {
  const hashes = new Set<string>();
  for (const line of treeOf(live)) {
    const [path = ''] = line.split(' ');
    if (!line.endsWith('/')) hashes.add(sha256Of(readFileSync(join(live, path))));
  }
  const lost: string[] = [];
  for (const { file, sha256, rows } of known) {
    if (hashes.has(sha256)) continue;
    let isHeld = rows.size > 0;
    for (const root of ['new', 'old']) {
      isHeld = rows.size > 0;
      for (const [path, wanted] of rows) {
        const there = new Set(await rowsAt(join(live, root, path)));
        if (!wanted.every((row) => there.has(row))) isHeld = false;
      }
      if (isHeld) break;
    }
    if (!isHeld) lost.push(file);
  }
  return lost;
}

/** The same numbers on every run. */
function seeded(seed: number): (below: number) => number {
  let state = Math.imul(seed, 2654435761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** A journal without checksums cannot tell every damage; what it says is proven again before anything goes. */
function damage(bytes: Buffer, random: (below: number) => number): Buffer {
  const lines = bytes.toString('latin1').split(/(?<=\n)/);
  const at = random(lines.length);
  const other = random(lines.length);
  switch (random(6)) {
    case 0: {
      const copy = Buffer.from(bytes);
      copy[random(copy.length)]! ^= 1 << random(8);
      return copy;
    }
    case 1: {
      // A digit or a letter of a name that stays one, so that the line can be read.
      const copy = Buffer.from(bytes);
      for (let tries = 0; tries < 100; tries++) {
        const place = random(copy.length);
        const character = String.fromCharCode(copy[place]!);
        if (!/[0-9a-f]/.test(character)) continue;
        copy[place] = '0123456789abcdef'.charCodeAt(/\d/.test(character) ? random(10) : 10 + random(6));
        break;
      }
      return copy;
    }
    case 2:
      return bytes.subarray(0, random(bytes.length + 1));
    case 3:
      return Buffer.from(lines.filter((_, index) => index !== at).join(''), 'latin1');
    case 4:
      [lines[at], lines[other]] = [lines[other]!, lines[at]!];
      return Buffer.from(lines.join(''), 'latin1');
    default:
      lines.splice(at, 0, lines[other]!);
      return Buffer.from(lines.join(''), 'latin1');
  }
}

describe(`journals of version 0.1.0 that are damaged in ${RUNS} ways`, () => {
  it('lose no row', async () => {
    const wrong: object[] = [];
    const codes: Record<string, number> = {};
    const live = join(base.path, 'live');
    for (let index = 0; index < RUNS; index++) {
      const random = seeded(SEED * 1_000_003 + index);
      const scenario = SCENARIOS[random(SCENARIOS.length)]!;
      const command = COMMANDS[random(COMMANDS.length)]!;
      rmSync(live, { recursive: true, force: true });
      mkdirSync(live);
      const { plan: path, journal } = layOut(scenario, live);
      const target = random(4) === 0 ? path : journal;
      writeFileSync(target, damage(readFileSync(target), random));
      const before = treeOf(live);
      let text = '';
      const tell = (each: string) => (text += each);
      const code = await run([...command.split(' '), path], { out: tell, err: tell, isTty: false });
      codes[code] = (codes[code] ?? 0) + 1;
      const lost = await findLost(live);
      const isChanged = code === 2 && treeOf(live).join() !== before.join();
      if (lost.length > 0 || isChanged || (code !== 0 && !/^(E_[A-Z_]+: .+|success: \d+)/.test(text)))
        wrong.push({
          index,
          scenario,
          command,
          target: target.slice(live.length),
          code,
          lost,
          isChanged,
          text: text.slice(0, 500),
        });
    }
    console.log(`${RUNS} damages of journals of 0.1.0; exit codes ${JSON.stringify(codes)}`);
    expect(wrong).toEqual([]);
  });
});
