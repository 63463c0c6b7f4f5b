import { type Dirent, readdirSync } from 'node:fs';

import { HIDDEN } from '../contract/safe-path.ts';

export interface FoundEntry {
  /** Below the root, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'other' | 'unreadable';
}

/**
 * Every file below a root, in the order of its path, folder by folder: memory does not grow with their number. Links
 * are told and not followed, so that a loop ends; hidden folders of a cache are passed over.
 */
export function* scanLegacy(root: string): Generator<FoundEntry> {
  // Folders that are not read to their end, the innermost last.
  const open = [listFolder(root, '')];
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    if (folder.entries === undefined) yield { path: folder.path, kind: 'unreadable' };
    const entry = folder.entries?.[folder.next++];
    if (entry === undefined) {
      open.pop();
      continue;
    }
    const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`;
    if (entry.isFile()) yield { path, kind: 'file' };
    else if (!entry.isDirectory()) yield { path, kind: entry.isSymbolicLink() ? 'link' : 'other' };
    else if (entry.name !== HIDDEN) open.push(listFolder(root, path));
  }
}

interface OpenFolder {
  readonly path: string;
  /** Undefined if it cannot be listed. */
  readonly entries: readonly Dirent[] | undefined;
  next: number;
}

function listFolder(root: string, path: string): OpenFolder {
  try {
    const entries = readdirSync(`${root}/${path}`, { withFileTypes: true });
    // By code units, which no locale changes.
    return { path, entries: entries.sort((left, right) => (left.name < right.name ? -1 : 1)), next: 0 };
  } catch {
    return { path, entries: undefined, next: 0 };
  }
}
