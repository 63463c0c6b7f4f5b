import { type Stats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { NO_FOLLOW, NO_WAIT } from './open-flags.ts';

/** A pipe, a device, a folder or a link stands where a file should: it is not opened, because that may never end. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
  readonly code = 'E_NOT_A_FILE';
  readonly what: string;

  constructor(what: string) {
    super(`It is ${what}, not a file.`);
    this.what = what;
  }
}

export function kindOf(stat: Stats): string {
  if (stat.isFile()) return 'a file';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a pipe';
  return stat.isSocket() ? 'a socket' : 'a device';
}

export interface OpenFile {
  readonly file: number;
  readonly stat: Stats;
}

/**
 * Opens a file for reading that is looked at first, and again once it is open. The caller closes it. Who has just looked at
 * it gives what was seen.
 * @throws {NotAFileError}, and what `lstat` and `open` throw
 */
export function openRegular(path: string, before: Stats = lstatSync(path)): OpenFile {
  if (!before.isFile()) throw new NotAFileError(kindOf(before));
  const file = openSync(path, constants.O_RDONLY | NO_FOLLOW | NO_WAIT);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new NotAFileError(kindOf(stat));
    return { file, stat };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** A whole file, in memory of its own. @throws {NotAFileError}, and what `open` and `read` throw */
export function readRegular(path: string, before?: Stats): { readonly bytes: Buffer; readonly stat: Stats } {
  const { file, stat } = openRegular(path, before);
  try {
    // One more than it should have: a file that grows is read whole.
    let bytes = Buffer.allocUnsafeSlow(stat.size + 1);
    for (let length = 0; ;) {
      if (length === bytes.length) bytes = Buffer.concat([bytes], length * 2);
      const count = readSync(file, bytes, length, bytes.length - length, length);
      if (count === 0) return { bytes: bytes.subarray(0, length), stat };
      length += count;
    }
  } finally {
    closeSync(file);
  }
}
