import { type Stats, closeSync, readSync } from 'node:fs';
import { openRegular, readRegular } from './open-regular.ts';

/** Where every typed array may begin. */
const GRID = 64;

/**
 * Reads the files of a group one behind the other into the same memory: fresh memory for each costs as much as reading
 * it. What is read stands there until the next group begins. Another thread may read it too.
 */
export class GroupBytes {
  // Not filled: what no group needs is never really taken.
  private readonly bytes: Buffer;
  private at = 0;

  constructor(size: number) {
    this.bytes = Buffer.from(new SharedArrayBuffer(size));
  }

  /** Forgets what was read. */
  clear(): void {
    this.at = 0;
  }

  /** @throws {NotAFileError}, and what `open` and `read` throw */
  read(path: string, before?: Stats): { readonly bytes: Buffer; readonly stat: Stats } {
    const { file, stat } = openRegular(path, before);
    try {
      const room = this.bytes.subarray(this.at);
      for (let length = 0; stat.size < room.length && length < room.length;) {
        const count = readSync(file, room, length, room.length - length, length);
        if (count === 0) {
          this.at += Math.ceil(length / GRID) * GRID;
          return { bytes: room.subarray(0, length), stat };
        }
        length += count;
      }
    } finally {
      closeSync(file);
    }
    return readRegular(path, before); // It is larger than the room that is left, or it grew.
  }
}
