import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Removes a folder if nothing is in it. @returns whether it was removed */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false; // Not there, not a folder, or not empty.
  }
}

/** Removes the empty folders below one and itself; lists the files that stand there, as paths below it. */
export function removeEmptyBelow(root: string): string[] {
  const files: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of listFolder(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else files.push(path);
    }
    removeIfEmpty(join(root, folder));
  };
  walk('');
  return files;
}

/** The files below a folder, as paths below it, in order. Links are told and not followed. */
export function* filesBelow(root: string, folder = ''): Generator<string> {
  const entries = listFolder(join(root, folder)).sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else yield path;
  }
}

export function listFolder(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/** Removes a file of the migrator's own, if it is there. */
export function removeOwn(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
}
