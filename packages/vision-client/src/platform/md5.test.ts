import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { md5Of } from './md5.ts';

describe(md5Of, () => {
  it.each([
    ['', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ])('of %j is as RFC 1321 says', (text, digest) => {
    expect(md5Of(new TextEncoder().encode(text))).toBe(digest);
  });

  it("is Node's for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(md5Of(bytes)).toBe(createHash('md5').update(bytes).digest('hex'));
      }),
    );
  });
});
