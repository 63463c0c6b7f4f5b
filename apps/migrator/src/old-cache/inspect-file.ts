import { closeSync, readSync } from 'node:fs';
import { openRegular } from '../disk/open-regular.ts';
import { type LegacyContainer, SNIFF_BYTES, sniffContainer } from '@vision-cache/arrow-store/legacy';

export interface Inspected {
  readonly size: number;
  /** Epoch milliseconds. */
  readonly changed: number;
  readonly container: LegacyContainer | 'sealed';
  /** Whether it ends as its container does. */
  readonly whole: boolean;
}

/** Read at once: no dearer than a few bytes, the name of a seal stands in it, and the foot of a small file. */
const HEAD_BYTES = 4096;
const SEAL = Buffer.from('vision-cache.seal');
const head = Buffer.allocUnsafe(HEAD_BYTES);
const start = head.subarray(0, SNIFF_BYTES);
const foot = Buffer.allocUnsafe(6);

/** Reads the head and the foot of a file, and nothing between. @throws {NotAFileError}, and what `open` and `read` throw */
export function inspectFile(path: string, mayBeSealed: boolean): Inspected {
  const {
    file,
    stat: { size, mtimeMs },
  } = openRegular(path);
  try {
    const length = readSync(file, head, 0, HEAD_BYTES, 0);
    const container = sniffContainer(length < SNIFF_BYTES ? start.subarray(0, length) : start, size);
    const changed = Math.floor(mtimeMs);
    if (mayBeSealed && container === 'ipc-file' && head.subarray(0, length).includes(SEAL)) {
      return { size, changed, container: 'sealed', whole: true };
    }
    return { size, changed, container, whole: endsAsItStarts(file, size, length, container) };
  } finally {
    closeSync(file);
  }
}

function endsAsItStarts(file: number, size: number, length: number, container: LegacyContainer): boolean {
  const magic = container === 'ipc-file' ? 'ARROW1' : container === 'parquet' ? 'PAR1' : undefined;
  if (magic === undefined) return true;
  if (size < 16) return false;
  if (size === length) return stands(magic, head, size - magic.length);
  readSync(file, foot, 0, magic.length, size - magic.length);
  return stands(magic, foot, 0);
}

function stands(text: string, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}
