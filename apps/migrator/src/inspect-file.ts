import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type LegacyContainer, SNIFF_BYTES, sniffContainer } from '@vision-cache/arrow-store/legacy';

export interface Inspected {
  readonly size: number;
  /** Epoch milliseconds. */
  readonly changed: number;
  readonly container: LegacyContainer | 'sealed';
  /** Whether it ends as its container does. */
  readonly whole: boolean;
}

/** The name of the store's seal stands this near to the start of a sealed file. */
const SEAL_SEARCHED = 4096;
const SEAL = Buffer.from('vision-cache.seal');
const head = Buffer.allocUnsafe(SEAL_SEARCHED);
const foot = Buffer.allocUnsafe(6);

/** Reads the head and the foot of a file, and nothing between. @throws what `open` and `read` throw */
export function inspectFile(path: string, mayBeSealed: boolean): Inspected {
  const file = openSync(path, 'r');
  try {
    const { size, mtimeMs } = fstatSync(file);
    const length = readSync(file, head, 0, mayBeSealed ? SEAL_SEARCHED : SNIFF_BYTES, 0);
    const container = sniffContainer(head.subarray(0, Math.min(length, SNIFF_BYTES)), size);
    const changed = Math.floor(mtimeMs);
    if (mayBeSealed && container === 'ipc-file' && head.subarray(0, length).includes(SEAL)) {
      return { size, changed, container: 'sealed', whole: true };
    }
    return { size, changed, container, whole: endsAsItStarts(file, size, container) };
  } finally {
    closeSync(file);
  }
}

function endsAsItStarts(file: number, size: number, container: LegacyContainer): boolean {
  const magic = container === 'ipc-file' ? 'ARROW1' : container === 'parquet' ? 'PAR1' : undefined;
  if (magic === undefined) return true;
  if (size < 16) return false;
  readSync(file, foot, 0, magic.length, size - magic.length);
  return foot.toString('latin1', 0, magic.length) === magic;
}
