import { afterEach, describe, expect, it } from '@jest/globals';
import { type CacheKey, cacheKey, cachePath } from '@vision-cache/cache-keys';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readArrowFile } from './arrow-file.ts';
import { bundledStore, run } from './child-process.fixture.ts';
import { decodeEntry } from './decode.ts';
import { isArrowStoreError } from './contract/errors.ts';
import { anyRows, bars, fromVision, klinesKey } from './rows.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

afterEach(removeTempRoots);

const REFUSED = new Set(['E_INTEGRITY', 'E_FORMAT', 'E_UNSEALED']);

async function sealedFile(
  key: CacheKey = klinesKey(),
): Promise<{ cache: UnifiedCacheManager; file: string; bytes: Buffer }> {
  const cache = new UnifiedCacheManager({ root: tempRoot(), durability: 'none' });
  await cache.save(key, key.interval === undefined ? anyRows(key, 50) : bars(key), fromVision);
  const file = join(cache.root, cachePath(key));
  return { cache, file, bytes: readFileSync(file) };
}

/** The code with which bytes are refused; a test fails where they are not, or with anything else. */
function refusal(bytes: Uint8Array): string {
  try {
    decodeEntry(bytes);
  } catch (error) {
    if (isArrowStoreError(error)) return error.code;
    throw error;
  }
  return 'accepted';
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('a sealed file', () => {
  it('is refused with any one bit changed, at every byte of it', async () => {
    const { bytes } = await sealedFile();
    for (let at = 0; at < bytes.length; at++) {
      const bit = 1 << (at & 7);
      bytes[at]! ^= bit;
      const code = refusal(bytes);
      if (!REFUSED.has(code)) throw new Error(`byte ${at}: ${code}`);
      bytes[at]! ^= bit;
    }
    expect(refusal(bytes)).toBe('accepted');
  });

  it('is refused with any byte missing at the end or one too many', async () => {
    const { bytes } = await sealedFile();
    for (let length = 0; length < bytes.length; length += length < 64 || length > bytes.length - 70 ? 1 : 61) {
      expect(REFUSED).toContain(refusal(bytes.subarray(0, length)));
    }
    for (const more of [1, 7, 8, 64, 4096]) {
      expect(REFUSED).toContain(refusal(Buffer.concat([bytes, Buffer.alloc(more)])));
      expect(REFUSED).toContain(refusal(Buffer.concat([Buffer.alloc(more), bytes])));
      expect(REFUSED).toContain(
        refusal(Buffer.concat([bytes.subarray(0, 3000), Buffer.alloc(more), bytes.subarray(3000)])),
      );
      expect(REFUSED).toContain(refusal(Buffer.concat([bytes.subarray(0, 3000), bytes.subarray(3000 + more)])));
    }
  });

  it('is refused whatever is done to it, without a hang and without another error', async () => {
    const trades = await sealedFile(cacheKey({ marketType: 'option', dataNature: 'EOHSummary', symbol: 'BTCUSDT', date: '2024-01-01' })); // prettier-ignore
    const pick = random(7);
    for (const { bytes } of [await sealedFile(), trades]) {
      for (let round = 0; round < 2000; round++) {
        const damaged = Buffer.from(bytes);
        const at = pick(damaged.length);
        switch (round % 5) {
          case 0:
            damaged.fill(0, at, Math.min(damaged.length, at + 1 + pick(4096)));
            break;
          case 1:
            for (let flips = 0; flips <= pick(8); flips++) damaged[pick(damaged.length)]! ^= 1 << pick(8);
            break;
          case 2:
            damaged.writeInt32LE(pick(2 ** 31) - 2 ** 30, Math.min(pick(3000), damaged.length - 4));
            break;
          case 3:
            damaged.copy(damaged, at, pick(damaged.length));
            break;
          default:
            for (let byte = at; byte < Math.min(at + 64, damaged.length); byte++) damaged[byte] = pick(256);
        }
        if (!damaged.equals(bytes)) expect(REFUSED).toContain(refusal(damaged));
      }
    }
  });

  it('is moved aside by a load, which answers a miss; the next save heals it', async () => {
    const { cache, file, bytes } = await sealedFile();
    const key = klinesKey();
    bytes[4000]! ^= 4;
    writeFileSync(file, bytes);
    await expect(readArrowFile(file)).rejects.toMatchObject({ code: 'E_INTEGRITY', details: { path: file } });
    expect(await cache.has(key)).toBe(false);
    expect(await cache.load(key)).toBeUndefined();
    const quarantine = join(cache.root, '.vision-cache/quarantine');
    const [moved, note] = readdirSync(quarantine).sort();
    expect(readFileSync(join(quarantine, moved!))).toEqual(bytes);
    expect(JSON.parse(readFileSync(join(quarantine, note!), 'utf8'))).toMatchObject({
      path: cachePath(key),
      code: 'E_INTEGRITY',
    });
    await cache.save(key, bars(key), fromVision);
    expect(await cache.load(key)).toMatchObject({ columns: bars(key).columns });
    expect(cache.stats()).toMatchObject({ quarantined: 1, hits: { new: 1 } });
  });

  it('heals under a save that meets the damage first', async () => {
    const { cache, file, bytes } = await sealedFile();
    const key = klinesKey();
    writeFileSync(file, bytes.subarray(0, 4000));
    await cache.save(key, bars(key, { bars: [3] }), { ...fromVision, source: 'rest' });
    expect(await cache.load(key)).toMatchObject({ numRows: 1 });
    expect(readdirSync(join(cache.root, '.vision-cache/quarantine'))).toHaveLength(2);
  });

  it.each(['always', 'once', 'never'] as const)(
    'does not count under the path of another key, verifying %s',
    async (verify) => {
      const { cache, file } = await sealedFile();
      const others = [{ symbol: 'ETHUSDT' }, { date: '2024-01-02' }, { interval: '1m' }, { marketType: 'um' }].map(
        klinesKey,
      );
      const reader = new UnifiedCacheManager({ root: cache.root, verify });
      for (const other of others) {
        const target = join(cache.root, cachePath(other));
        mkdirSync(dirname(target), { recursive: true });
        copyFileSync(file, target);
        await expect(readArrowFile(target)).rejects.toMatchObject({
          code: 'E_KEY_MISMATCH',
          details: { expected: cachePath(other), found: cachePath(klinesKey()) },
        });
        expect(await reader.load(other)).toBeUndefined();
      }
      expect(reader.stats().quarantined).toBe(others.length);
      expect(await reader.load(klinesKey())).toMatchObject({ numRows: 24 });
    },
  );

  it('is verified again when the file changes, though its size does not', async () => {
    const { cache, file, bytes } = await sealedFile();
    await cache.load(klinesKey());
    bytes[5000]! ^= 1;
    writeFileSync(file, bytes);
    expect(await cache.load(klinesKey())).toBeUndefined();
  });
});

describe('an unsealed file under a new path', () => {
  it.each([
    ['an Arrow file', Buffer.concat([Buffer.from('ARROW1\0\0'), Buffer.alloc(5000, 7), Buffer.from('ARROW1')])],
    ['an Arrow stream', Buffer.concat([Buffer.from([255, 255, 255, 255]), Buffer.alloc(3000)])],
    ['a Parquet file', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(3000), Buffer.from('PAR1')])],
  ])('reads as a miss, is reported, and stays: %s', async (_, content) => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const file = join(cache.root, cachePath(klinesKey()));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    expect(await cache.load(klinesKey())).toBeUndefined();
    expect(await cache.resolve(klinesKey())).toBeUndefined();
    expect(cache.stats()).toMatchObject({ unsealed: 2, quarantined: 0, misses: 1 });
    expect(readFileSync(file)).toEqual(content);
    await expect(readArrowFile(file)).rejects.toMatchObject({ code: 'E_UNSEALED' });
    // A save keeps it too, beside the note of why.
    await cache.save(klinesKey(), bars(klinesKey()), fromVision);
    const kept = readdirSync(join(cache.root, '.vision-cache/quarantine')).find((name) => name.endsWith('.arrow'));
    expect(readFileSync(join(cache.root, '.vision-cache/quarantine', kept!))).toEqual(content);
  });
});

describe('a save over rows that are damaged', () => {
  it.each(['always', 'once', 'never'] as const)('never seals them anew, verifying %s', async (verify) => {
    const root = tempRoot();
    const cache = new UnifiedCacheManager({ root, verify });
    const key = klinesKey();
    await cache.save(key, bars(key, { bars: [0, 1] }), { ...fromVision, source: 'rest' });
    await cache.load(key);
    const file = join(root, cachePath(key));
    const { atime, mtime } = statSync(file);
    const bytes = readFileSync(file);
    bytes[Buffer.from(bytes).indexOf(new Uint8Array(bars(key).columns.close.buffer, 8, 8))]! ^= 1;
    writeFileSync(file, bytes);
    utimesSync(file, atime, mtime);
    await cache.save(key, bars(key, { bars: [5] }), { ...fromVision, source: 'rest' });
    const found = await new UnifiedCacheManager({ root }).load(key);
    expect(found!.columns.close).toEqual(bars(key, { bars: [5] }).columns.close);
    expect(cache.stats().quarantined).toBe(1);
  });
});

const hasPipes = spawnSync('mkfifo', ['--version']).status === 0;
(hasPipes ? it : it.skip)(
  `a pipe in the place of an entry is no file, and nobody waits for it${hasPipes ? '' : ' (skipped: no mkfifo)'}`,
  async () => {
    const root = tempRoot();
    const file = join(root, cachePath(klinesKey()));
    mkdirSync(dirname(file), { recursive: true });
    spawnSync('mkfifo', [file]);
    const script = `const cache = new S.UnifiedCacheManager({ root: input.root });
    for (const call of [() => cache.load(S.klinesKey()), () => S.readArrowFile(input.file)])
      await call().catch((error) => process.stdout.write(error.code + '\\n'));`;
    const { process: child, ended } = run(bundledStore(), script, { root, file });
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    const { lines, signal } = await ended;
    clearTimeout(timer);
    expect([signal, lines]).toEqual([null, ['E_IO', 'E_IO']]);
  },
);

describe('what is no entry at all', () => {
  it.each([0, 1, 8, 100, 4096, 131_072])('%d zero bytes are no table', async (length) => {
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const file = join(cache.root, cachePath(klinesKey()));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.alloc(length));
    await expect(readArrowFile(file)).rejects.toMatchObject({ code: 'E_FORMAT' });
    expect(await cache.load(klinesKey())).toBeUndefined();
    expect(cache.stats().quarantined).toBe(1);
  });
});
