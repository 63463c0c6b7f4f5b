import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { combineCrc32 } from './crc32-combine.ts';

describe(combineCrc32, () => {
  it.each([0, 1, 2, 7, 8, 63, 64, 65, 11_520, 100_003])(
    'is the CRC of both where the second has %d bytes',
    (length) => {
      const bytes = randomBytes(1000 + length);
      const [first, second] = [bytes.subarray(0, 1000), bytes.subarray(1000)];
      expect(combineCrc32(crc32(first), crc32(second), length)).toBe(crc32(bytes));
      expect(combineCrc32(crc32(new Uint8Array(0)), crc32(second), length)).toBe(crc32(second));
    },
  );
});
