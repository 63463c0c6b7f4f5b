// Did the new layout cost us hits? A line per run in a file, and each run is compared with those before it.
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cachePath, keysBetween, legacyCachePath } from '@vision-cache/cache-keys';
import { createSyntheticArchive } from '@vision-cache/vision-client/testing';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = mkdtempSync(join(tmpdir(), 'vision-cache-example-'));
const keys = keysBetween({ symbol: 'BTCUSDT', interval: '1h', start: '2024-01-01', end: '2024-01-21' });
/** A job reads what it needs, and at its end writes down how often the cache had it. */
async function run(note: string, cache: UnifiedCacheManager): Promise<void> {
  await cache.loadMany(keys);
  const { hits, misses } = cache.stats();
  const found = hits.new + hits.old;
  const line = { note, hitRate: found / (found + misses), oldShare: hits.old / found };
  appendFileSync(join(root, 'runs.jsonl'), `${JSON.stringify(line)}\n`);
  const runs = readFileSync(join(root, 'runs.jsonl'), 'utf8').trim().split('\n');
  const best = Math.max(...runs.map((each) => (JSON.parse(each) as typeof line).hitRate));
  console.log(
    note,
    line.hitRate,
    line.oldShare,
    best - line.hitRate > 0.05 ? 'five points below the best' : 'as before',
  );
}

const made = new UnifiedCacheManager({ root: join(root, 'new') });
const archive = createSyntheticArchive({ now: '2024-02-10T12:00Z' });
for (const key of keys) await made.save(key, archive.rows(key), { source: 'vision', asOf: archive.now() });
for (const key of keys) cpSync(join(made.root, cachePath(key)), join(root, 'old', legacyCachePath(key)!));
await run('old layout:', new UnifiedCacheManager({ root: join(root, 'old') }));
// old layout: 1 1 as before
await run('new layout:', new UnifiedCacheManager({ root: join(root, 'new') }));
// new layout: 1 0 as before
for (const key of keys.slice(0, 2)) rmSync(join(made.root, cachePath(key)));
await run('two days lost:', new UnifiedCacheManager({ root: join(root, 'new') }));
// two days lost: 0.9 0 five points below the best
