import { describe, expect, it } from '@jest/globals';
import { isVisionClientError } from '../contract/errors.ts';
import { randomOf } from '../contract/random.fixture.ts';
import { unzip } from './unzip.ts';
import { CONTENT, GOOD_ZIPS, MEMBER } from './hostile-zips.fixture.ts';

function mutated(good: Uint8Array, random: () => number): Uint8Array {
  const bytes = good.slice();
  const at = (): number => Math.floor(random() * bytes.length);
  const kind = random();
  if (kind < 0.15) return bytes.subarray(0, at());
  if (kind < 0.2) return Uint8Array.from([...bytes, ...bytes.subarray(0, at())]);
  if (kind < 0.3) new DataView(bytes.buffer).setUint32(Math.min(at(), bytes.length - 4), random() * 2 ** 32, true);
  else if (kind < 0.35) bytes.fill(0, at(), at());
  else if (kind < 0.4) bytes.copyWithin(at(), at(), at());
  else for (let flips = 1 + random() * 8; flips >= 1; flips--) bytes[at()]! ^= 1 << Math.floor(random() * 8);
  return bytes;
}

describe('unzip of 8,000 mutated archives', () => {
  it('gives the content or refuses with a code, never anything else', async () => {
    const random = randomOf(20_240_101);
    const archives = Object.values(GOOD_ZIPS);
    const seen = { refused: 0, same: 0 };
    for (let round = 0; round < 8000; round++) {
      for (const mode of ['strict', 'lenient'] as const) {
        try {
          const { bytes } = await unzip(mutated(archives[round % archives.length]!, random), { name: MEMBER, mode });
          expect(Buffer.from(bytes).equals(CONTENT)).toBe(true);
          seen.same++;
        } catch (error) {
          if (!isVisionClientError(error)) throw error;
          expect(error.code).toMatch(/^E_ZIP_/);
          seen.refused++;
        }
      }
    }
    expect(seen.refused).toBeGreaterThan(14_000);
    expect(seen.same).toBeGreaterThan(100);
  });
});
