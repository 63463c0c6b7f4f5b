import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type KnownFile, audit, sha256Of } from './audit.fixture.ts';
import { LONGEST_MS, isBuilt, startBuilt } from './command.fixture.ts';
import { barsOf, oldFile, put, scratch } from './old-cache.fixture.ts';

/** How long the others work; test:long takes minutes. */
const SECONDS = Number(process.env['VISION_CACHE_LIVE_SECONDS'] ?? 8);
const DAYS = 12;
const OFFSETS = [0, 1, 2, 3];
const dateOf = (day: number): string => new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);

/**
 * An old program: it replaces whole files at random, half of the time in place, in two pieces, and half by a rename. It says
 * at the end what it wrote last to each.
 */
const WRITER = `
  import fs from 'node:fs'; import { dirname } from 'node:path';
  const { files, stop, told } = JSON.parse(process.argv[1]);
  const last = {};
  const rest = () => new Promise((done) => setTimeout(done, Math.random() * 15));
  while (!fs.existsSync(stop)) {
    const { path, variants } = files[Math.floor(Math.random() * files.length)];
    const variant = Math.floor(Math.random() * variants.length);
    const bytes = fs.readFileSync(variants[variant]);
    fs.mkdirSync(dirname(path), { recursive: true });
    if (Math.random() < 0.5) {
      const file = fs.openSync(path, 'w');
      fs.writeSync(file, bytes, 0, 700);
      if (Math.random() < 0.5) await rest();
      fs.writeSync(file, bytes, 700);
      fs.closeSync(file);
    } else {
      fs.writeFileSync(path + '.part', bytes);
      fs.renameSync(path + '.part', path);
    }
    last[path] = variant;
    await rest();
  }
  fs.writeFileSync(told, JSON.stringify(last));`;

let base: ReturnType<typeof scratch>;
let writer: ChildProcess | undefined;
beforeEach(() => {
  base = scratch();
});
afterEach(() => {
  writer?.kill('SIGKILL');
  base.remove();
});

(isBuilt ? describe : describe.skip)(`an old program that writes meanwhile, for ${SECONDS} seconds`, () => {
  it.each(['new', 'old'])(
    'and readers: no row is lost, into %s',
    async (root) => {
      const [from, to, out] = [join(base.path, 'old'), join(base.path, root), join(base.path, 'plan')];
      const [stop, told, kept] = [join(base.path, 'stop'), join(base.path, 'told'), join(base.path, 'variants')];
      mkdirSync(kept);
      /** Of each file that is written: what it may be. */
      const written: { path: string; known: KnownFile[]; variants: string[] }[] = [];
      const quiet: KnownFile[] = [];
      for (let day = 0; day < DAYS; day++) {
        const date = dateOf(day);
        const still = await oldFile('BTCUSDT', '1h', date);
        put(from, `BTCUSDT/1h/${date}.arrow`, still);
        const all = Array.from({ length: 24 }, (_, bar) => bar);
        quiet.push({ path: `BTCUSDT/1h/${date}.arrow`, sha256: sha256Of(still), symbol: 'BTCUSDT', date, bars: all });
        const path = `ETHUSDT/1h/${date}.arrow`;
        const known: KnownFile[] = [];
        const variants: string[] = [];
        for (const offset of OFFSETS) {
          const bars = all.slice(0, 24 - offset);
          const bytes = await oldFile('ETHUSDT', '1h', date, bars, offset);
          variants.push(join(kept, `${day}-${offset}`));
          writeFileSync(variants.at(-1)!, bytes);
          known.push({ path, sha256: sha256Of(bytes), symbol: 'ETHUSDT', date, bars, offset });
        }
        put(from, path, readFileSync(variants[0]!));
        written.push({ path, known, variants });
      }
      const files = written.map(({ path, variants }) => ({ path: join(from, path), variants }));
      const given = JSON.stringify({ files, stop, told });
      writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, given], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const ended = new Promise((done) => writer?.once('close', done));

      let reads = 0;
      let isOver = false;
      const reading = (async () => {
        // Two roots are read by whoever names both; in one root, each row is in the old place or the new at every moment.
        while (!isOver && root === 'old') {
          const manager = new UnifiedCacheManager({ root: from });
          for (const { date } of quiet) {
            const rows = await manager.load(barsOf('BTCUSDT', '1h', date).key);
            expect([date, (rows as { numRows?: number } | undefined)?.numRows]).toEqual([date, 24]);
            reads += 1;
          }
          await setTimeout(1);
        }
      })();

      const codes: (number | null)[] = [];
      const until = Date.now() + SECONDS * 1000;
      const run = async (...args: string[]): Promise<number | null> => {
        const { code, said } = await startBuilt(args);
        expect([args[0], code === 3 || code === null ? said : '']).toEqual([args[0], '']);
        codes.push(code);
        return code;
      };
      let round = 0;
      while (Date.now() < until) {
        const plan = `${out}-${round++}`;
        await run('plan', '--from', from, '--to', to, '--out', plan);
        for (let again = 0; again < 3; again++) await run('apply', plan, '--remove-old');
        await run('verify', plan);
        // Now and then all is taken back, or ended, beside the writer.
        if (round % 3 === 0) await run('rollback', plan);
        else await run('finish', plan);
      }
      isOver = true;
      await reading;
      writeFileSync(stop, '');
      await ended;
      const last = JSON.parse(readFileSync(told, 'utf8')) as Record<string, number>;
      rmSync(kept, { recursive: true });
      const known = [...quiet, ...written.map(({ path, known: all }) => all[last[join(from, path)] ?? 0]!)];
      const { lost } = await audit(base.path, from, to, known);
      console.log(
        `${round} migrations beside a writer of ${Object.keys(last).length} files and ${reads} reads, exit codes ${codes.join(' ')}`,
      );
      expect(lost).toEqual([]);
      expect(codes.some((code) => code !== 0)).toBe(true);
      if (root === 'old') expect(reads).toBeGreaterThan(DAYS);
    },
    LONGEST_MS,
  );
});
