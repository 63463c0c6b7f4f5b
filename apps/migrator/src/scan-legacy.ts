import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder in which the store and the migrator keep what is no data. */
export const HIDDEN = '.vision-cache';

export interface FoundEntry {
  /** Below the root, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'other' | 'unreadable';
}

/**
 * Every file below a root, in the order of its path, folder by folder: memory does not grow with their number. Links
 * are told and not followed, so that a loop ends; hidden folders of a cache are passed over, and so is `except`.
 */
export function* scanLegacy(root: string, except?: string): Generator<FoundEntry> {
  yield* scanFolder(root, '', except);
}

function* scanFolder(root: string, folder: string, except: string | undefined): Generator<FoundEntry> {
  let entries: Dirent[];
  try {
    entries = readdirSync(`${root}/${folder}`, { withFileTypes: true });
  } catch {
    yield { path: folder, kind: 'unreadable' };
    return;
  }
  // By code units, which no locale changes.
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== HIDDEN && (except === undefined || join(root, path) !== except))
        yield* scanFolder(root, path, except);
    } else if (entry.isFile()) yield { path, kind: 'file' };
    else yield { path, kind: entry.isSymbolicLink() ? 'link' : 'other' };
  }
}
