import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPlan, outcomes, plan, verify } from '@vision-cache/migrator';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isBuilt } from './command.fixture.ts';
import { ofAnotherDay, oldFile, put, scratch, treeOf } from './old-cache.fixture.ts';

const main = fileURLToPath(new URL('../../apps/migrator/dist/main.js', import.meta.url));
const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0;
if (availableParallelism() < 2 || !canPin) console.warn('SKIPPED: a second thread; this machine has one core.');

/** Says where a second thread begins, and lets it end early where asked. */
const hook = (endsAfterMs?: number): string =>
  `data:text/javascript,${encodeURIComponent(`
  import threads from 'node:worker_threads'; import { syncBuiltinESMExports } from 'node:module';
  const Real = threads.Worker;
  threads.Worker = class extends Real {
    constructor(...args) {
      super(...args);
      process.stderr.write('a second thread\\n');
      ${endsAfterMs === undefined ? '' : `setTimeout(() => this.terminate(), ${endsAfterMs}).unref();`}
    }
  };
  syncBuiltinESMExports();`)}`;

let base: ReturnType<typeof scratch>;
const at = (...parts: string[]): string => join(base.path, ...parts);
let right: { readonly tree: string[]; readonly told: unknown[] };

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** Runs the built command; `first` goes before it. */
function apply(out: string, { first = [], endsAfterMs, timeout }: Starting = {}): Ended {
  const args = [process.execPath, '--import', hook(endsAfterMs), main, 'apply', out, '--remove-old'];
  const [command, ...rest] = [...first, ...args, '--durability', 'none'];
  const { status, stderr } = spawnSync(command, rest, { encoding: 'utf8', timeout, killSignal: 'SIGKILL' });
  return { code: status, said: stderr };
}

interface Starting {
  readonly first?: readonly string[];
  readonly endsAfterMs?: number;
  readonly timeout?: number;
}

/** A fresh copy of the old tree at the same place, with a plan for it. */
function planned(): string {
  for (const name of ['old', 'new', 'plan']) rmSync(at(name), { recursive: true, force: true });
  cpSync(at('pristine'), at('old'), { recursive: true, preserveTimestamps: true });
  plan({ from: at('old'), to: at('new'), out: at('plan') });
  return at('plan');
}

/** What stands in the new tree, and what is told of every file. The journal tells how it went, which a stop changes. */
const result = (): typeof right => ({
  tree: [...treeOf(at('new'), /^\.vision-cache\/(journal|leases)/), ...treeOf(at('old'), /^\.vision-cache\/(journal|leases)/)], // prettier-ignore
  told: [...outcomes(openPlan(at('plan')))].map(({ file, outcome: { wrote: _wrote, ...rest } }) => [file.file, rest]),
});

const dayOf = (index: number): string => new Date(Date.UTC(2023, 0, 1 + index)).toISOString().slice(0, 10);

(isBuilt && canPin && availableParallelism() > 1 ? describe : describe.skip)('many old files, on two threads', () => {
  beforeAll(async () => {
    base = scratch();
    const first = dayOf(0);
    const whole = await oldFile('AUSDT', '1h', first);
    const part = await oldFile('AUSDT', '1h', first, [3, 4]);
    const wrong = Buffer.from(whole);
    wrong[wrong.indexOf(Buffer.from(Float64Array.of(100, 100.25).buffer)) + 7]! ^= 0x10;
    for (let index = 0; index < 1_000; index++) {
      const [symbol, date] = [`S${index % 4}USDT`, dayOf(Math.floor(index / 4))];
      const on = (bytes: Buffer): Buffer => ofAnotherDay(bytes, '1h', first, date);
      put(at('pristine'), `${symbol}/1h/${date}.arrow`, on(whole));
      // Two files of one day, in one group and in another; a file of another day than its name; what is refused.
      if (index % 50 === 0) put(at('pristine'), `BINANCE/KLINES/spot/${symbol}/1h/${date}.arrow`, on(part));
      if (index % 70 === 0) put(at('pristine'), `data/OTHERUSDT/1h/${dayOf(index)}.arrow`, on(part));
      if (index % 90 === 0) put(at('pristine'), `BADUSDT/1h/${dayOf(index)}.arrow`, wrong);
      if (index % 110 === 0) put(at('pristine'), `HALFUSDT/1h/${dayOf(index)}.arrow`, whole.subarray(0, 999));
    }
    const out = planned();
    expect(apply(out, { first: ['taskset', '-c', '0'] })).toEqual({ code: 1, said: '' });
    right = result();
    expect(right.told.length).toBeGreaterThan(1_000);
  });
  afterAll(() => base.remove());

  let took = 0;
  it('are migrated as on one', () => {
    const out = planned();
    const started = Date.now();
    expect(apply(out)).toEqual({ code: 1, said: 'a second thread\n' });
    took = Date.now() - started;
    expect(result()).toEqual(right);
    expect(verify({ plan: at('plan') }).failed).toBe(0);
  });

  it.each([1, 60, 120])('are migrated as on one where the other ends after %i ms', (endsAfterMs) => {
    expect(apply(planned(), { endsAfterMs })).toEqual({ code: 1, said: 'a second thread\n' });
    expect(result()).toEqual(right);
  });

  it.each([0.3, 0.5, 0.6, 0.7, 0.8, 0.9])('are migrated as on one where all is killed after %f of the time', (part) => {
    const out = planned();
    apply(out, { timeout: Math.round(took * part) });
    expect(apply(out).code).toBe(1);
    expect(result()).toEqual(right);
  });
});
