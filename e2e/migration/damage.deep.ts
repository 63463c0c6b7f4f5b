import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apply, plan } from '@vision-cache/migrator';
import { run } from '@vision-cache/migrator/command';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KnownFile, audit, sha256Of } from './audit.fixture.ts';
import { LONGEST_MS, seeded } from './command.fixture.ts';
import { oldFile, put, scratch, treeOf } from './old-cache.fixture.ts';

/** How many damages are tried; test:long takes 2,000. */
const RUNS = Number(process.env['VISION_CACHE_DAMAGE_RUNS'] ?? 200);
const SEED = Number(process.env['VISION_CACHE_DAMAGE_SEED'] ?? 1);

type Random = ReturnType<typeof seeded>;
type Damage = (bytes: Buffer, random: Random, foreign: Buffer) => Buffer | undefined;

const linesOf = (bytes: Buffer): string[] => bytes.toString('latin1').split(/(?<=\n)/);
const joined = (lines: readonly string[]): Buffer => Buffer.from(lines.join(''), 'latin1');

/** Ways to damage a file; undefined removes it. */
const DAMAGES: Readonly<Record<string, Damage>> = {
  'one bit': (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[random(copy.length)]! ^= 1 << random(8);
    return copy;
  },
  'eight bits': (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let each = 0; each < 8 && copy.length > 0; each++) copy[random(copy.length)]! ^= 1 << random(8);
    return copy;
  },
  'cut anywhere': (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  'cut between lines': (bytes, random) => joined(linesOf(bytes).slice(0, random(linesOf(bytes).length + 1))),
  'a line twice': (bytes, random) => {
    const lines = linesOf(bytes);
    const at = random(lines.length);
    return joined([...lines.slice(0, at + 1), ...lines.slice(at)]);
  },
  'a line less': (bytes, random) => {
    const at = random(linesOf(bytes).length);
    return joined(linesOf(bytes).filter((_, index) => index !== at));
  },
  'two lines swapped': (bytes, random) => {
    const lines = linesOf(bytes);
    const [one, other] = [random(lines.length), random(lines.length)];
    [lines[one], lines[other]] = [lines[other]!, lines[one]!];
    return joined(lines);
  },
  'a foreign line': (bytes, random, foreign) => {
    const lines = linesOf(bytes);
    const others = linesOf(foreign);
    lines.splice(random(lines.length + 1), random(2), others[random(others.length)]!);
    return joined(lines);
  },
  'a page of zeros': (bytes, random) => {
    const copy = Buffer.from(bytes);
    const at = random(copy.length + 1);
    copy.fill(0, at, Math.min(at + 512, copy.length));
    return copy;
  },
  'garbage behind': (bytes, random) => Buffer.concat([bytes, Buffer.from(`{"t":"end"}\n`.repeat(1 + random(3)))]),
  'nothing in it': () => Buffer.alloc(0),
  gone: () => undefined,
};

const COMMANDS = ['apply', 'apply --remove-old', 'verify', 'rollback', 'finish', 'status'] as const;
const STAGES = ['planned', 'applied', 'moved', 'in place', 'stopped', 'finished'] as const;

let base: ReturnType<typeof scratch>;
let known: KnownFile[];
let foreign: { readonly plan: Buffer; readonly journal: Buffer };
beforeAll(async () => {
  base = scratch();
  known = [];
  const days = ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04'];
  for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'])
    for (const date of days) {
      const parts =
        symbol === 'SOLUSDT'
          ? [
              [0, 1],
              [1, 2, 3],
            ]
          : [[4, 5, 6]];
      for (const [index, bars] of parts.entries()) {
        const bytes = await oldFile(symbol, '1h', date, bars);
        const path = `${index === 0 ? '' : 'BINANCE/KLINES/spot/'}${symbol}/1h/${date}.arrow`;
        put(join(base.path, 'pristine'), path, bytes);
        known.push({ path, sha256: sha256Of(bytes), symbol, date, bars });
      }
    }
  for (const stage of STAGES) await makeStage(stage);
  const other = join(base.path, 'other');
  cpSync(join(base.path, 'pristine'), join(other, 'old'), { recursive: true, preserveTimestamps: true });
  plan({ from: join(other, 'old'), to: join(other, 'new'), out: join(other, 'plan') });
  await apply({ plan: join(other, 'plan'), oldFiles: 'remove', durability: 'none' });
  foreign = { plan: readFileSync(join(other, 'plan')), journal: readFileSync(journalIn(other)!) };
});
afterAll(() => base.remove());

/** Every stage lies at the same path when it was made, for a plan names its roots. */
const LIVE = () => join(base.path, 'live');
const stageFolder = (stage: string): string => join(base.path, `stage-${stage.replace(' ', '-')}`);

async function makeStage(stage: (typeof STAGES)[number]): Promise<void> {
  const live = LIVE();
  rmSync(live, { recursive: true, force: true });
  mkdirSync(live);
  cpSync(join(base.path, 'pristine'), join(live, 'old'), { recursive: true, preserveTimestamps: true });
  const [from, to, out] = [join(live, 'old'), join(live, stage === 'in place' ? 'old' : 'new'), join(live, 'plan')];
  plan({ from, to, out });
  if (stage === 'applied') await apply({ plan: out, durability: 'none' });
  if (stage === 'moved' || stage === 'in place' || stage === 'finished')
    await apply({ plan: out, durability: 'none', oldFiles: 'remove' });
  if (stage === 'finished') await said('finish', out);
  if (stage === 'stopped') {
    const stop = new AbortController();
    const progress = { start: () => undefined, advance: () => stop.abort(), stop: () => undefined };
    await apply({ plan: out, durability: 'none', oldFiles: 'remove', signal: stop.signal, progress }).catch(
      () => undefined,
    );
  }
  cpSync(live, stageFolder(stage), { recursive: true, preserveTimestamps: true });
}

function journalIn(folder: string): string | undefined {
  for (const root of ['new', 'old']) {
    const journals = join(folder, root, '.vision-cache/journal');
    if (!existsSync(journals)) continue;
    const name = readdirSync(journals).find((each) => each.startsWith('migration-'));
    if (name !== undefined) return join(journals, name, 'journal.jsonl');
  }
  return undefined;
}

async function said(command: string, ...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const tell = (each: string) => (text += each);
  const code = await run([...command.split(' '), ...args], { out: tell, err: tell, isTty: false });
  return { code, text };
}

describe(`a plan and a journal that are damaged in ${RUNS} ways`, () => {
  it(
    'lose no row, and no command says that all is well where it is not',
    async () => {
      const wrong: object[] = [];
      const codes: Record<string, number> = {};
      for (let index = 0; index < RUNS; index++) {
        const random = seeded(SEED * 1_000_003 + index);
        const stage = STAGES[random(STAGES.length)]!;
        const command = COMMANDS[random(COMMANDS.length)]!;
        const names = Object.keys(DAMAGES);
        const name = names[random(names.length)]!;
        const live = LIVE();
        rmSync(live, { recursive: true, force: true });
        cpSync(stageFolder(stage), live, { recursive: true, preserveTimestamps: true });
        const [from, to, out] = [
          join(live, 'old'),
          join(live, stage === 'in place' ? 'old' : 'new'),
          join(live, 'plan'),
        ];
        const journal = journalIn(live);
        const targets = journal === undefined ? [out] : [out, journal, journal, journal, join(journal, '../committed')];
        const target = targets[random(targets.length)]!;
        const isPlan = target === out;
        const damaged = DAMAGES[name]!(readFileSync(target), random, isPlan ? foreign.plan : foreign.journal);
        if (damaged === undefined) rmSync(target);
        else writeFileSync(target, damaged);
        const before = treeOf(live);
        const { code, text } = await said(command, out);
        codes[code] = (codes[code] ?? 0) + 1;
        const what = { index, stage, command, name, target: target.slice(live.length), code, text: text.slice(0, 400) };
        const problems = [];
        const { lost, notInNew, notInOld } = await audit(live, from, to, known);
        if (lost.length > 0) problems.push({ lost });
        if (code === 2 && JSON.stringify(treeOf(live)) !== JSON.stringify(before)) problems.push('changed with exit 2');
        if (code === 0 && command !== 'rollback' && command !== 'status' && notInNew.length > 0)
          problems.push({ notInNew });
        if (code === 0 && command === 'rollback' && notInOld.length > 0) problems.push({ notInOld });
        if (code !== 0 && !/^(E_[A-Z_]+: .+|success: \d+)/.test(text)) problems.push('no sentence');
        if (code === 2 && stage !== 'finished') {
          // The way out that needs neither of them.
          const { code: outcode } = await said('rollback --from-folders --from', from);
          const after = await audit(live, from, to, known);
          const isBack = stage === 'planned' || after.notInOld.length === 0;
          if (outcode !== 0 || after.lost.length > 0 || !isBack) problems.push({ fromFolders: outcode, ...after });
        }
        if (problems.length > 0) wrong.push({ ...what, problems });
      }
      console.log(`${RUNS} damages; exit codes ${JSON.stringify(codes)}`);
      expect(wrong).toEqual([]);
    },
    LONGEST_MS,
  );
});
