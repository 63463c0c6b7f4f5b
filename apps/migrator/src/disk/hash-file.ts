import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { NotAFileError, openRegular } from './open-regular.ts';

const CHUNK = 1 << 18;
let chunk: Buffer | undefined;

/** SHA-256 of a file's bytes, or undefined if there is no file. @throws what `open` and `read` throw */
export function hashFile(path: string): string | undefined {
  let open;
  try {
    open = openRegular(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (error instanceof NotAFileError || code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  chunk ??= Buffer.allocUnsafeSlow(CHUNK);
  try {
    const hash = createHash('sha256');
    for (;;) {
      const count = readSync(open.file, chunk, 0, CHUNK, null);
      if (count === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, count));
    }
  } finally {
    closeSync(open.file);
  }
}
