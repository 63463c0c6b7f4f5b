import { closeSync, readSync } from 'node:fs';
import { openRegular } from './open-regular.ts';

/**
 * Reads one file after the other into the same memory: fresh memory for each costs as much as reading it. What is read
 * stands there until the next file is.
 */
export class ReusedBytes {
  private bytes = Buffer.alloc(0);

  /** @throws {NotAFileError}, and what `open` and `read` throw */
  read(path: string): Buffer {
    const {
      file,
      stat: { size },
    } = openRegular(path);
    try {
      // One more than it should have: a file that grows is read whole.
      if (this.bytes.length <= size) this.bytes = Buffer.allocUnsafeSlow(Math.ceil((size + 1) * 1.25));
      let length = 0;
      for (;;) {
        if (length === this.bytes.length) this.bytes = Buffer.concat([this.bytes], length * 2);
        const count = readSync(file, this.bytes, length, this.bytes.length - length, length);
        if (count === 0) return this.bytes.subarray(0, length);
        length += count;
      }
    } finally {
      closeSync(file);
    }
  }
}
