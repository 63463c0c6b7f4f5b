import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Where every typed array may begin. */
const GRID = 64;

/**
 * Reads the files of a group one behind the other into the same memory: fresh memory for each costs as much as reading
 * it. What is read stands there until the next group begins.
 */
export class GroupBytes {
  // Not filled: what no group needs is never really taken.
  private readonly bytes: Buffer;
  private at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Forgets what was read. */
  clear(): void {
    this.at = 0;
  }

  /** @throws what `open` and `read` throw */
  read(path: string): Buffer {
    const file = openSync(path, 'r');
    try {
      const room = this.bytes.subarray(this.at);
      if (fstatSync(file).size >= room.length) return readFileSync(file);
      for (let length = 0; length < room.length;) {
        const count = readSync(file, room, length, room.length - length, length);
        if (count === 0) {
          this.at += Math.ceil(length / GRID) * GRID;
          return room.subarray(0, length);
        }
        length += count;
      }
      return readFileSync(file); // It grew.
    } finally {
      closeSync(file);
    }
  }
}
