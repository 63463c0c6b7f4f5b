import { afterEach, describe, expect, it } from '@jest/globals';
import { cachePath } from '@vision-cache/cache-keys';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CACHE_CHANNELS,
  CACHE_TAG,
  HIDDEN_FOLDER,
  HIDDEN_FOLDERS,
  ROOT_MARKER,
  type SaveMessage,
  UnifiedCacheManager,
} from './index.ts';
import { bars, fromVision, klinesKey } from './rows.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';

afterEach(removeTempRoots);

describe('the names that a root has besides its entries', () => {
  it('are those that a first save makes', async () => {
    const root = tempRoot();
    const key = klinesKey();
    await new UnifiedCacheManager({ root }).save(key, bars(key), fromVision);
    expect(readdirSync(root).sort()).toEqual([HIDDEN_FOLDER, CACHE_TAG, 'binance'].sort());
    expect(readFileSync(join(root, CACHE_TAG), 'utf8')).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55/);
    expect(JSON.parse(readFileSync(join(root, ROOT_MARKER), 'utf8'))).toMatchObject({ name: 'vision-cache', major: 1 });
    const known = Object.values(HIDDEN_FOLDERS).map((folder) => folder.slice(HIDDEN_FOLDER.length + 1));
    const made = readdirSync(join(root, HIDDEN_FOLDER), { withFileTypes: true }).filter((each) => each.isDirectory());
    expect(made.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
    expect(existsSync(join(root, HIDDEN_FOLDERS.tmp))).toBe(true);
  });
});

describe('CACHE_CHANNELS', () => {
  it('names the channel that a save is told on', async () => {
    const told: unknown[] = [];
    const hear = (message: unknown): void => void told.push((message as SaveMessage).path);
    const key = klinesKey();
    subscribe(CACHE_CHANNELS.save, hear);
    await new UnifiedCacheManager({ root: tempRoot() }).save(key, bars(key), fromVision);
    unsubscribe(CACHE_CHANNELS.save, hear);
    expect(told).toEqual([cachePath(key)]);
  });
});
