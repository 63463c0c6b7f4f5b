import { ENTRY_EXTENSION, isCacheKeyError, parseCachePath, spanOf } from '@vision-cache/cache-keys';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Setup } from './api.ts';

/** Bars that fit well on a first page. */
const SHOWN_DAYS = 10;

/** The klines of a cache with the newest entry, and the span at its end; undefined where there are none. */
export async function newestSeries(root: string): Promise<Setup['start'] | undefined> {
  let newest: Setup['start'] | undefined;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(ENTRY_EXTENSION)) continue;
    const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
    const found = seriesAt(path);
    if (found !== undefined && found.to > (newest?.to ?? -Infinity)) newest = found;
  }
  return newest;
}

function seriesAt(path: string): Setup['start'] | undefined {
  try {
    const { marketType, dataNature, symbol, interval, date } = parseCachePath(path);
    if (dataNature !== 'klines' || interval === undefined) return undefined;
    const to = Number(spanOf(date).end / 1000n);
    const days = date.length === 7 ? 365 : SHOWN_DAYS;
    return {
      marketType: marketType,
      symbol,
      interval: interval,
      from: to - days * 86_400_000,
      to,
    };
  } catch (error) {
    if (isCacheKeyError(error)) return undefined; // Not an entry: an old file, or anybody's.
    throw error;
  }
}
