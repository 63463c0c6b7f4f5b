import { HIDDEN_FOLDER } from '@vision-cache/arrow-store';
import { parseCachePath } from '@vision-cache/cache-keys';
import { sep } from 'node:path';

/** The folder in which the store and the migrator keep what is no data. */
export const HIDDEN = HIDDEN_FOLDER;

/**
 * Whether a path that stands in a plan or a journal stays below its root, and out of hidden folders: parts with names,
 * joined by `/`. Pure.
 */
export function isSafePath(path: unknown): path is string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) return false;
  if (sep === '\\' && /[\\:]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part !== HIDDEN);
}

/** Paths that were found to be new ones: the records of one file name each of them up to five times. */
const known = new Set<string>();
const MOST_KNOWN = 4096;

/** Whether a path is one that the cache itself makes: it stays in its root, whatever else it says. Pure. */
export function isNewPath(path: unknown): path is string {
  if (known.has(path as string)) return true;
  if (!isSafePath(path)) return false;
  try {
    parseCachePath(path);
  } catch {
    return false;
  }
  if (known.size >= MOST_KNOWN) known.clear();
  known.add(path);
  return true;
}
