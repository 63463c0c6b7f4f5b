import { type CacheFolder, type CacheKey, type Catalog, cacheFolder } from '@vision-cache/cache-keys';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import type { Disk } from '../disk/disk.ts';
import type { EntryFacts } from '../contract/entry-facts.ts';
import type { StoreContext } from '../store/store-context.ts';
import { isDamage, isUnsealed } from '../store/quarantine.ts';
import { keyOfPath } from './key-of-path.ts';

/** A file below the folders of the exchanges, by its name alone. */
export interface ListedFile {
  /** Below the root, with `/`. */
  readonly path: string;
  /** Undefined if it is not the path of an entry. */
  readonly key: CacheKey | undefined;
  /** A link, a socket, a file of another name: whatever is no entry. */
  readonly isForeign: boolean;
}

/** An entry under a new path, with its facts. */
export interface ListedEntry {
  readonly key: CacheKey;
  /** Below the root, with `/`. */
  readonly path: string;
  readonly facts: EntryFacts;
  /** Of the file. */
  readonly bytes: number;
}

/** Every file under a folder of entries, in the order of their paths. Links are not followed. */
export function* listFiles(disk: Disk, catalog: Catalog, of: CacheFolder | undefined): Generator<ListedFile> {
  for (const folder of topFolders(disk, catalog, of)) yield* walk(disk, catalog, folder);
}

/** The folder that is named, or those of all exchanges, in order; only what is there. */
export function topFolders(disk: Disk, catalog: Catalog, of: CacheFolder | undefined): string[] {
  const folders = of === undefined ? [...new Set(catalog.datasets.map(({ exchange }) => exchange))] : [cacheFolder(of)];
  return folders.sort().filter((folder) => {
    assertWithin(disk, folder);
    return disk.hasFolder(folder);
  });
}

function* walk(disk: Disk, catalog: Catalog, folder: string): Generator<ListedFile> {
  const found = disk.fileSystem.list(disk.absolute(folder));
  for (const { name, kind } of [...found].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${name}`;
    if (kind === 'folder') yield* walk(disk, catalog, path);
    else {
      const key = kind === 'file' ? keyOfPath(path, catalog) : undefined;
      yield { path, key, isForeign: key === undefined };
    }
  }
}

/** A folder comes from outside: nothing in it may lead out of the root. */
function assertWithin(disk: Disk, folder: string): void {
  const isWithin = folder
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part));
  if (isWithin) return;
  const message = `${quote(folder)} is not a folder below the root ${quote(disk.root)}.`;
  throw new ArrowStoreError('E_OUTSIDE_ROOT', message, {
    path: folder,
    expected: 'a folder of entries',
    found: folder,
  });
}

/**
 * Entries with their facts, without reading rows. What is damaged or unsealed is passed over: `verify` tells of it.
 * @throws {ArrowStoreError} if a file cannot be read now, or is of a newer format: it may well be an entry, and a list
 * without it would not say so.
 */
export function* listEntries({ disk, catalog, reader, root }: StoreContext, of?: CacheFolder): Generator<ListedEntry> {
  root.assertReadable();
  for (const { path, key } of listFiles(disk, catalog, of)) {
    if (key === undefined) continue;
    try {
      const found = reader.withFile(path, (file, stat) => ({ entry: reader.peek(path, file, stat), bytes: stat.size }));
      if (found !== undefined) yield { key, path, facts: found.entry.facts, bytes: found.bytes };
    } catch (error) {
      if (!isDamage(error) && !isUnsealed(error)) throw error;
    }
  }
}
