import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file that appears under its name when all of it is on the disk; nothing is left where that fails, and what
 * was there before stays.
 */
export async function newFile(
  path: string,
  fill: (write: (bytes: Uint8Array) => void) => Promise<number>,
): Promise<{ rows: number; bytes: number }> {
  mkdirSync(dirname(path), { recursive: true });
  // A name that no scan of a folder takes for data.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = openSync(temporary, 'wx');
  let isOpen = true;
  try {
    const rows = await fill((bytes) => {
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    });
    fsyncSync(file);
    closeSync(file);
    isOpen = false;
    const { size } = statSync(temporary);
    if (rows > 0) renameSync(temporary, path);
    return { rows, bytes: size };
  } catch (error) {
    // Of a write, the system does not say to what.
    if (error instanceof Error && 'syscall' in error && !('path' in error)) Object.assign(error, { path });
    throw error;
  } finally {
    if (isOpen) closeSync(file);
    rmSync(temporary, { force: true });
  }
}
