import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFileSync, lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** A folder of its own for a test. */
export function tempRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'arrow-store-'));
  made.push(folder);
  return folder;
}

export function removeTempRoots(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Every file below a folder, relative to it, with `/`. */
export function filesBelow(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .flatMap((entry) => {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(folder, path) : [path];
    })
    .sort();
}

/** What a tree is: names, kinds, sizes, times and bytes. */
export function treeHash(folder: string): string {
  const hash = createHash('sha256');
  for (const path of filesBelow(folder)) {
    const { size, mtimeMs, mode } = lstatSync(join(folder, path));
    hash.update(JSON.stringify([path, size, mtimeMs, mode])).update(readFileSync(join(folder, path)));
  }
  return hash.digest('hex');
}
