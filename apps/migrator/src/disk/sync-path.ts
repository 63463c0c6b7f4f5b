import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** Waits until a file's bytes, or a folder's names, are on the disk. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a folder and those above it that are missing, and waits until their names are on the disk. */
export function makeFolders(path: string, durable: boolean): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined || !durable) return;
  for (let folder = path; ; folder = dirname(folder)) {
    syncPath(dirname(folder));
    if (folder === first) return;
  }
}
