import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { type CacheKey, keysBetween, monthsBetween, spanOf } from '@vision-cache/cache-keys';
import {
  createSyntheticArchive,
  type FaultName,
  type Irregularity,
  startArchiveServer,
} from '@vision-cache/vision-client/testing';
import { expect, it } from '@jest/globals';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openSetup } from './compose.ts';
import type { WalkerRequest } from './random-walker.ts';

const REQUESTS = 1000;
const NOW = '2024-03-20T12:30:00Z';
const [START, END] = ['2023-03-01', '2024-03-01'];
const SEED = Number(process.env['VISION_CACHE_SEED'] ?? 20_240_320);

/** mulberry32: the same seed, the same walk. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const IRREGULARITIES: readonly Irregularity[] = [
  { name: 'outage', start: '2023-03-24T12:39:42Z', end: '2023-03-24T14:00:00Z' },
  { name: 'outage', start: '2023-07-10T22:00:00Z', end: '2023-07-11T03:00:00Z' },
  { name: 'outage', symbol: 'BTCUSDT', start: '2023-10-05T05:00:00Z', end: '2023-10-05T07:00:00Z' },
  { name: 'short-archive', date: '2023-05-17' },
  { name: 'short-archive', date: '2023-08', keep: 0.6 },
  { name: 'missing-file', date: '2023-06-02' },
  { name: 'missing-file', date: '2023-09' },
  { name: 'monthly-lacks-days', date: '2023-11', days: ['2023-11-07', '2023-11-08'] },
  { name: 'duplicates', date: '2023-12-03' },
  { name: 'unsorted', date: '2024-01' },
];

const FAULTS: readonly FaultName[] = [
  'server-error',
  'reset',
  'reset-in-body',
  'hang-up',
  'truncated',
  'truncated-silently',
  'html',
];

class Walker {
  process: ChildProcessWithoutNullStreams;
  readonly #start: () => ChildProcessWithoutNullStreams;
  #answer: ((line: string | undefined) => void) | undefined;
  errors = '';

  constructor(start: () => ChildProcessWithoutNullStreams) {
    this.#start = start;
    this.process = this.#begin();
  }

  #begin(): ChildProcessWithoutNullStreams {
    const begun = this.#start();
    begun.stderr.on('data', (text: Buffer) => (this.errors += text.toString()));
    createInterface({ input: begun.stdout }).on('line', (line) => this.#answer?.(line));
    begun.on('exit', () => this.#answer?.(undefined));
    begun.stdin.on('error', () => undefined);
    return begun;
  }

  /** The walker's line, or undefined when it was killed meanwhile. */
  async ask(request: WalkerRequest): Promise<string | undefined> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) this.process = this.#begin();
    const answer = new Promise<string | undefined>((resolve) => (this.#answer = resolve));
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
    return answer;
  }
}

it(`loses no row and invents none in ${REQUESTS} requests with faults, kills and two processes`, async () => {
  const random = randomOf(SEED);
  const symbols = ['BTCUSDT', 'ETHUSDT', 'BNBUSDT'].map((symbol) => ({
    symbol,
    listed: '2023-02-01',
    intervals: ['1h'] as const,
  }));
  const archive = createSyntheticArchive({ now: NOW, symbols, irregularities: IRREGULARITIES });
  const server = await startArchiveServer(archive);
  let fault: FaultName = 'server-error';
  const root = mkdtempSync(join(tmpdir(), 'vision-cache-walk-'));
  const hooks = join(import.meta.dirname, 'typescript-hooks.mjs');
  const start = (): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, [
      '--conditions=@vision-cache/source',
      '--import',
      hooks,
      join(import.meta.dirname, 'random-walker.ts'),
      root,
      server.baseUrl,
      NOW,
    ]);
  // Each fault meets a few requests in a hundred; REST's JSON has no checksum, so that its bytes are not falsified.
  for (const name of FAULTS) server.faults.add({ fault: name, path: () => name === fault && random() < 0.06 });
  server.faults.add({ fault: 'wrong-body', path: (path) => path.endsWith('.zip') && random() < 0.03 });

  const walkers = [new Walker(start), new Walker(start)];
  const totals = { answered: 0, killed: 0, stopped: 0, errors: [] as string[] };
  const [from, to] = [spanOf(START).start, spanOf(END).start];
  const hours = Number((to - from) / 3_600_000_000n);
  const iso = (hour: number): string => new Date(Number(from / 1000n) + hour * 3_600_000).toISOString();
  let next = 0;
  async function walk(walker: Walker): Promise<void> {
    while (next < REQUESTS) {
      const number = next++;
      fault = FAULTS[Math.floor(random() * FAULTS.length)]!;
      const first = Math.floor(random() * hours);
      const length = 1 + Math.floor(random() ** 4 * 24 * 90);
      const kind = random();
      const request: WalkerRequest = {
        number,
        start: iso(first),
        end: iso(Math.min(hours, first + length)),
        mode: kind < 0.03 ? 'refresh' : kind < 0.06 ? 'offline' : 'fill',
        ...(random() < 0.05 ? { stopAfter: 1 + Math.floor(random() * 5) } : {}),
      };
      const answer = walker.ask(request);
      // Most answers take a few milliseconds: a later kill meets nobody.
      const timer = random() < 0.08 ? setTimeout(() => walker.process.kill('SIGKILL'), random() ** 2 * 40) : undefined;
      const line = await answer;
      clearTimeout(timer);
      if (line === undefined) totals.killed++;
      else if (line.includes('"error"')) totals.errors.push(line);
      else if (line.includes('"stopped"')) totals.stopped++;
      else totals.answered++;
    }
  }

  try {
    await Promise.all(walkers.map(walk));
    for (const { process: child } of walkers) child.kill('SIGKILL');
    expect(walkers.map(({ errors }) => errors)).toEqual(['', '']);
    expect(totals.errors).toEqual([]);
    expect(totals.killed).toBeGreaterThanOrEqual(5); // A busy machine does less between two kills.

    // What the network owed is asked for once more, now that it is well.
    server.faults.clear();
    server.forget();
    const setup = await openSetup({ root, server, now: NOW });
    const query = { symbol: 'BTCUSDT', interval: '1h', start: START, end: END } as const;
    const { batch, coverage } = await setup.manager.getKlines(query, { strict: false });
    const repairs = server.requests.length;

    const times: bigint[] = [];
    const close: number[] = [];
    for (const month of monthsBetween(START, END)) {
      const key = {
        ...keysBetween({ ...query, start: month, end: `${month}-02` } as never)[0]!,
        packagingFrequency: 'monthly',
        date: month,
      };
      const rows = archive.rows(key as unknown as CacheKey);
      times.push(...(rows.columns as unknown as { open_time: BigInt64Array }).open_time);
      close.push(...(rows.columns as unknown as { close: Float64Array }).close);
    }
    expect([...batch.columns.open_time]).toEqual(times);
    expect([...batch.columns.close]).toEqual(close);
    expect(coverage.gaps.map(({ kind }) => kind)).toEqual(['exchange-outage', 'exchange-outage', 'no-data']);

    // And the folder alone says the same, to a process that has seen nothing of it.
    const cache = new UnifiedCacheManager({ root, now: () => Date.parse(NOW), verify: 'always' });
    const alone = await cache.loadMany(keysBetween(query as never), { start: START, end: END });
    expect(alone.batch).toEqual(batch);
    server.forget();
    const again = await setup.manager.getKlines(query, { strict: false });
    expect(server.requests).toEqual([]);
    expect(again.batch).toEqual(batch);
    process.stderr.write(`random walk, seed ${SEED}: ${JSON.stringify(totals)}, ${repairs} requests to repair\n`);
  } finally {
    for (const { process: child } of walkers) child.kill('SIGKILL');
    await server.close();
    rmSync(root, { recursive: true, force: true });
  }
});
