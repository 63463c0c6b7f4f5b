import {
  cacheKey,
  ENTRY_EXTENSION,
  isCacheKeyError,
  legacyCachePath,
  parseCachePath,
  parseLegacyPath,
  spanOf,
} from '@vision-cache/cache-keys';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Setup } from '../contract/api.ts';

/** Bars that fit well on a first page. */
const SHOWN_DAYS = 12;

/** The klines of a cache with the newest entry, and the span at its end; undefined if there are none. */
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
    if (isCacheKeyError(error)) return oldSeriesAt(path);
    throw error;
  }
}

/** Of an old file that the cache reads where it lies; any other is the migrator's, or anybody's. */
function oldSeriesAt(path: string): Setup['start'] | undefined {
  const old = parseLegacyPath(path);
  if (old.status !== 'recognised' || old.date?.length !== 10) return undefined;
  const { symbol, date } = old;
  const [interval] = old.intervals;
  if (interval === undefined) return undefined;
  try {
    if (legacyCachePath(cacheKey({ symbol, interval, date } as never)) !== path) return undefined;
  } catch (error) {
    if (isCacheKeyError(error)) return undefined;
    throw error;
  }
  const to = Number(spanOf(date).end / 1000n);
  return { marketType: 'spot', symbol, interval, from: to - SHOWN_DAYS * 86_400_000, to };
}
