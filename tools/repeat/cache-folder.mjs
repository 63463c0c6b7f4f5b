// Where results are kept that are too dear to make again: outside the repository, one folder per clone.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const folderOf = (root) =>
  join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'vision-cache-tests',
    createHash('sha256').update(root).digest('hex').slice(0, 12),
  );

/** @returns {any} undefined if nothing was kept */
export function readKept(root, name) {
  try {
    return JSON.parse(readFileSync(join(folderOf(root), name), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whole or not at all: whoever is stopped here finds the state before. */
export function keep(root, name, value) {
  const folder = folderOf(root);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(`${file}.new`, JSON.stringify(value, undefined, 1));
  renameSync(`${file}.new`, file);
  return file;
}
