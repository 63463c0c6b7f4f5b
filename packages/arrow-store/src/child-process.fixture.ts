import { buildSync } from 'esbuild';
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { tempRoot } from './temp-root.fixture.ts';

const sources = dirname(createRequire(import.meta.url).resolve('./index.ts'));

/** The package as one module that a plain Node process can import; its path. */
export function bundledStore(): string {
  const folder = tempRoot();
  const file = join(folder, 'store.mjs');
  buildSync({
    stdin: {
      contents: `export * from './index.ts'; export * from './rows.fixture.ts'; export * from '@vision-cache/cache-keys';`,
      resolveDir: sources,
    },
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@vision-cache/source'],
    external: ['apache-arrow'],
    logLevel: 'silent',
  });
  return file;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<Ended>;
}

/** Runs a script with the store imported as `S` and JSON given as `input`; what it prints are lines. */
export function run(store: string, script: string, input: unknown, wrapper: readonly string[] = []): Running {
  const file = join(tempRoot(), 'script.mjs');
  writeFileSync(
    file,
    `import * as S from ${JSON.stringify(store)};\nconst input = ${JSON.stringify(input)};\n${script}`,
  );
  const [command, ...args] = [...wrapper, process.execPath, file] as unknown as [string, ...string[]];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let rest = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
  });
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, lines, errors }));
  });
  return { process: child, lines, ended };
}

/** Saves single bars of the same days again and again; prints each one that was acknowledged. */
export const SAVER = `
const cache = new S.UnifiedCacheManager({ root: input.root, durability: input.durability ?? 'group' });
const keys = input.dates.map((date) => S.klinesKey({ date }));
const until = Date.now() + input.milliseconds;
for (let round = 0; Date.now() < until; round++) {
  const key = keys[round % keys.length];
  const bar = (input.worker + Math.floor(round / keys.length) * input.workers) % 24;
  const start = S.spanOf(key.date).start + BigInt(bar) * 3_600_000_000n;
  const spans = [{ start, end: start + 3_600_000_000n }];
  await cache.save(key, S.bars(key, { bars: [bar] }), { source: 'rest', spans, asOf: '2026-01-01' });
  process.stdout.write(key.date + ' ' + bar + '\\n');
}`;

/** Reads days all the time, and ends with an error at the first row that is not as it was saved. */
export const READER = `
const keys = input.dates.map((date) => S.klinesKey({ date }));
const whole = new Map(keys.map((key) => [key.date, S.bars(key)]));
const until = Date.now() + input.milliseconds;
let reads = 0, slowest = 0;
while (Date.now() < until) {
  const cache = new S.UnifiedCacheManager({ root: input.root, verify: 'always' });
  for (const key of keys) {
    const started = performance.now();
    const found = await cache.load(key);
    slowest = Math.max(slowest, performance.now() - started);
    reads++;
    if (found === undefined) continue;
    const { open_time, close } = whole.get(key.date).columns;
    for (let row = 0; row < found.numRows; row++) {
      const bar = open_time.indexOf(found.columns.open_time[row]);
      if (bar === -1 || found.columns.close[row] !== close[bar]) throw new Error('torn: ' + key.date);
    }
  }
  if (cache.stats().quarantined > 0) throw new Error('torn');
  await new Promise(setImmediate);
}
process.stdout.write(reads + ' ' + slowest + '\\n');`;
