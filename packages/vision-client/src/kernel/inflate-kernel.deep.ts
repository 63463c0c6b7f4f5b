import { describe, expect, it } from '@jest/globals';
import { randomOf } from '../contract/random.fixture.ts';
import { anyContent, anyDeflated, inflatedByZlib } from './deflated.fixture.ts';
import { inflateInKernel } from './inflate-kernel.ts';

const isSame = (found: Uint8Array | undefined, expected: Buffer | undefined): boolean =>
  found === undefined || expected === undefined ? found === expected : expected.equals(found);

describe('inflating in the kernel', () => {
  it('gives the content of 4,000 files, deflated in every way', () => {
    const random = randomOf(20_240_102);
    for (let round = 0; round < 4000; round++) {
      const content = anyContent(random, 90_000);
      const data = anyDeflated(content, random);
      expect(isSame(inflateInKernel(data, content.length), content)).toBe(true);
      const pieces = { input: 2048 + Math.floor(random() * 9000), output: 1 + Math.floor(random() ** 2 * 70_000) };
      expect(isSame(inflateInKernel(data, content.length, pieces), content)).toBe(true);
    }
  });

  it('takes and refuses what zlib does, of 100,000 damaged ones', () => {
    const random = randomOf(20_240_103);
    const seen = { refused: 0, taken: 0 };
    for (let round = 0; round < 2000; round++) {
      const content = anyContent(random, 3000);
      const good = anyDeflated(content, random);
      for (let damage = 0; damage < 50; damage++) {
        const data = Buffer.from(good);
        const at = (): number => Math.floor(random() * data.length);
        const kind = random();
        if (kind < 0.2) data.copyWithin(at(), at(), at());
        else if (kind < 0.3) for (let index = at(); index < data.length; index++) data[index] = random() * 256;
        // The first bytes are where the codes stand.
        else if (kind < 0.7) data[Math.floor(random() * Math.min(80, data.length))]! ^= 1 << (random() * 8);
        else for (let flips = random() * 8; flips >= 0; flips--) data[at()]! ^= 1 << (random() * 8);
        const given = kind > 0.95 ? data.subarray(0, at()) : data;
        const expected = inflatedByZlib(given, content.length);
        expect(isSame(inflateInKernel(given, content.length), expected)).toBe(true);
        const pieces = { input: 2048, output: 1 + Math.floor(random() * 2000) };
        expect(isSame(inflateInKernel(given, content.length, pieces), expected)).toBe(true);
        seen[expected === undefined ? 'refused' : 'taken']++;
      }
    }
    expect(seen.refused).toBeGreaterThan(50_000);
    expect(seen.taken).toBeGreaterThan(500);
  });
});
