import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { badOption } from '../contract/options.ts';

/**
 * The folder of a cache as the system knows it. What would make the working folder a cache, or a folder of a strange name,
 * is refused: an environment variable that is not set, `~`, which only a shell expands, and a URL written as text.
 * @throws {ArrowStoreError} `E_OPTION`
 */
export function rootPath(root: unknown): string {
  const refused = (expected: string) => badOption('root', root, expected);
  if (isUrl(root)) {
    if (root.protocol !== 'file:') throw refused('the path of a folder, or its file: URL');
    return resolve(fileURLToPath(root.href));
  }
  if (typeof root !== 'string') throw refused('the path of a folder, or its file: URL');
  if (root.trim() === '') throw refused('the path of a folder: "." is the working folder');
  if (root.includes('\0')) throw refused('the path of a folder, without a NUL');
  if (/^~([\\/]|$)/.test(root)) throw refused('a full path: only a shell expands ~, use os.homedir()');
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(root) || /^file:/i.test(root)) throw refused('a path; give a URL as new URL(…)');
  return resolve(root);
}

/** Of any realm. */
const isUrl = (value: unknown): value is URL =>
  typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object URL]';
