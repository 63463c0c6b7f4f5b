import { crc32 } from 'node:zlib';
import { cachePath } from '@vision-cache/cache-keys';
import type { EntryBatch } from './contract/entry-facts.ts';
import { MemoryFileSystem } from './memory-file-system.fixture.ts';
import { bars, fromRest, fromVision, klinesKey } from './rows.fixture.ts';
import type { UnifiedCacheManagerOptions } from './manager-options.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

const root = '/cache';
export const key = klinesKey();
export const other = klinesKey({ date: '2024-01-02' });
let clock = 1_800_000_000_000;
/** Time passes only when somebody looks at the clock, and nobody sleeps. */
const time = { now: () => (clock += 1000), sleep: () => Promise.resolve() };
/** Old files are read by Node's own file system and not through the port: here there are none. */
export const manager = (fileSystem: MemoryFileSystem, more: Partial<UnifiedCacheManagerOptions> = {}) =>
  new UnifiedCacheManager({ root, fileSystem, readLegacy: 'off', ...time, ...more });

export const vision = (seed: number) => bars(key, { seed });
export const morning = {
  ...fromRest,
  spans: [{ start: vision(1).columns.open_time[0]!, end: vision(1).columns.open_time[12]! }],
};
export const first = { bars: Array.from({ length: 12 }, (_, bar) => bar) };

export async function diskWith(
  ...steps: ((cache: UnifiedCacheManager) => Promise<unknown>)[]
): Promise<Map<string, Uint8Array>> {
  const fileSystem = new MemoryFileSystem();
  for (const step of steps) await step(manager(fileSystem));
  return fileSystem.files();
}

export interface Protocol {
  readonly name: string;
  readonly before: () => Promise<Map<string, Uint8Array>>;
  readonly run: (cache: UnifiedCacheManager) => Promise<unknown>;
  /** What an entry may be after a stop in the middle, by its number of rows; `miss` for nothing. */
  readonly allowed: readonly (number | 'miss')[];
  readonly done: number | 'miss';
}

const damagedDisk = async () => {
  const files = await diskWith((cache) => cache.save(key, vision(1), fromVision));
  const path = `${root}/${cachePath(key)}`;
  const bytes = files.get(path)!.slice();
  bytes[4500]! ^= 1;
  return files.set(path, bytes);
};

export const protocols: readonly Protocol[] = [
  {
    name: 'the first save of a cache',
    before: () => diskWith(),
    run: (cache) => cache.save(key, vision(1), fromVision),
    allowed: ['miss', 24],
    done: 24,
  },
  {
    name: 'a save that unites',
    before: () => diskWith((cache) => cache.save(key, bars(key, first), morning)),
    run: (cache) => cache.save(key, vision(1), fromVision),
    allowed: [12, 24],
    done: 24,
  },
  {
    name: 'a save in place of absence',
    before: () => diskWith((cache) => cache.saveAbsent(key, { source: 'vision', kind: 'x', evidence: '404', askedAt: 1n, believedUntil: 2n })), // prettier-ignore
    run: (cache) => cache.save(key, vision(1), fromVision),
    allowed: ['miss', 24],
    done: 24,
  },
  {
    name: 'many saves together',
    before: () => diskWith((cache) => cache.save(key, bars(key, first), morning)),
    run: (cache) =>
      cache.saveMany([
        { key: other, batch: bars(other), facts: fromVision },
        { key, batch: vision(1), facts: fromVision },
      ]),
    allowed: [12, 24],
    done: 24,
  },
  {
    name: 'moving a damaged file aside',
    before: damagedDisk,
    run: (cache) => cache.load(key),
    allowed: ['miss'],
    done: 'miss',
  },
  {
    name: 'a save over a damaged file',
    before: damagedDisk,
    run: (cache) => cache.save(key, vision(2), fromVision),
    allowed: ['miss', 24],
    done: 24,
  },
  {
    name: 'invalidating',
    before: () => diskWith((cache) => cache.save(key, vision(1), fromVision)),
    run: (cache) => cache.invalidate(key),
    allowed: ['miss', 24],
    done: 'miss',
  },
  {
    name: 'remembering absence',
    before: () => diskWith((cache) => cache.save(other, bars(other), fromVision)),
    run: (cache) =>
      cache.saveAbsent(key, { source: 'vision', kind: 'x', evidence: '404', askedAt: 1n, believedUntil: 2n }),
    allowed: ['miss'],
    done: 'miss',
  },
  {
    name: 'sweeping',
    before: async () => {
      const files = await diskWith((cache) => cache.save(key, vision(1), fromVision));
      files.set(`${root}/.vision-cache/tmp/left-behind`, new Uint8Array(100));
      return files.set(`${root}/.vision-cache/leases/aa.write`, new Uint8Array(0));
    },
    run: (cache) => cache.sweep(),
    allowed: [24],
    done: 24,
  },
];

/** Each row that is there is one that somebody saved, and the file is whole. */
export function rowsOf(found: EntryBatch | undefined): number | 'miss' {
  if (found === undefined) return 'miss';
  const closes = Array.from((found.columns as { close: Float64Array }).close);
  const known = [vision(1), vision(2)].some(({ columns }) => closes.every((close) => columns.close.includes(close)));
  if (!known) throw new Error('rows that nobody saved');
  return found.numRows;
}

export const ERRORS: readonly { readonly code: string; readonly errno?: number; readonly expected: string }[] = [
  { code: 'ENOSPC', expected: 'E_NO_SPACE' },
  { code: 'Unknown system error -122', errno: -122, expected: 'E_NO_SPACE' },
  { code: 'EIO', expected: 'E_IO' },
  { code: 'EROFS', expected: 'E_READ_ONLY' },
  { code: 'EACCES', expected: 'E_PERMISSION' },
  { code: 'EPERM', expected: 'E_PERMISSION' },
  { code: 'EMFILE', expected: 'E_TOO_MANY_FILES' },
  { code: 'ENFILE', expected: 'E_TOO_MANY_FILES' },
  { code: 'EINTR', expected: 'E_IO' },
  { code: 'ESTALE', expected: 'E_IO' },
  { code: 'EXDEV', expected: 'E_IO' },
  { code: 'ENAMETOOLONG', expected: 'E_NAME_TOO_LONG' },
];

/** Runs a protocol with each of its calls failing once. */
export async function failAtEachCall(
  { before, run, allowed, done }: Protocol,
  failure: (typeof ERRORS)[number],
): Promise<void> {
  const { code, errno, expected } = failure;
  const files = await before();
  const whole = MemoryFileSystem.with(files);
  await run(manager(whole));
  for (let at = 1; at <= whole.calls; at++) {
    const disk = MemoryFileSystem.with(files);
    disk.failure = { at, code, ...(errno === undefined ? {} : { errno }) };
    const error = await run(manager(disk)).then(
      () => undefined,
      (reason: unknown) => reason as { code?: string },
    );
    const step = `${code} at ${disk.operations[at - 1] ?? ''}`;
    // What nobody has to know of, such as a temporary file that stays until the sweep, is not told.
    if (error !== undefined && error.code !== expected)
      throw new Error(`${step}: ${error.code ?? 'no code'}`, { cause: error });
    if (disk.openFiles !== 0) throw new Error(`${step}: ${disk.openFiles} files stay open`);
    disk.failure = undefined;
    const found = rowsOf(await manager(disk).load(key));
    if (!(error === undefined ? [...allowed, done] : allowed).includes(found)) throw new Error(`${step}: ${found}`);
    await run(manager(disk));
    const healed = rowsOf(await manager(disk).load(key));
    if (healed !== done) throw new Error(`${step}, then again: ${healed}`);
  }
}

/** The same files with the same bytes, but for the names that are chosen by lot. */
export function stateOf(disk: MemoryFileSystem): string {
  const names = [...disk.files()].map(
    ([path, bytes]) => `${path.replace(/(?<=(tmp|quarantine)\/).*/, '*')} ${bytes.length === 0 ? 0 : crc32(bytes)}`,
  );
  return names
    .filter((name) => !name.includes('/leases/'))
    .sort()
    .join('\n');
}
