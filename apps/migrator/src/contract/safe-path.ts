import { HIDDEN_FOLDER } from '@vision-cache/arrow-store';
import { ENTRY_EXTENSION, isUtcDay, parseCachePath } from '@vision-cache/cache-keys';
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

/** Folders whose days are new paths: one of them was taken apart, and the others differ from it in their date only. */
const foldersOfDays = new Set<string>();
const MOST_FOLDERS = 4096;
const DAY_FILE = `/YYYY-MM-DD${ENTRY_EXTENSION}`;

/** Whether a path is one that the cache itself makes: it stays in its root, whatever else it says. Pure. */
export function isNewPath(path: unknown): path is string {
  if (!isSafePath(path)) return false;
  const folder = path.slice(0, -DAY_FILE.length);
  const isOfDay =
    path.endsWith(ENTRY_EXTENSION) &&
    path[folder.length] === '/' &&
    isUtcDay(path.slice(folder.length + 1, -ENTRY_EXTENSION.length));
  if (isOfDay && foldersOfDays.has(folder)) return true;
  try {
    parseCachePath(path);
  } catch {
    return false;
  }
  if (foldersOfDays.size >= MOST_FOLDERS) foldersOfDays.clear();
  if (isOfDay) foldersOfDays.add(folder);
  return true;
}
