import { DATASETS } from '@vision-cache/cache-keys';
import { isArrowStoreError } from '../contract/errors.ts';
import { decodeLegacyKlines } from './read-legacy.ts';

/** Numbers that look random and are the same each time. */
function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** One way to damage a file: bits turned, at its ends or anywhere, a number replaced, bytes cut, zeroed, swapped or doubled. */
function mutate(original: Uint8Array, next: () => number): Uint8Array {
  const bytes = original.slice();
  const at = (length = bytes.length) => Math.floor(next() * length);
  const view = new DataView(bytes.buffer);
  const kind = next();
  const nearEnd = Math.max(0, bytes.length - 1 - at(Math.min(2048, bytes.length)));
  if (kind < 0.4) for (let count = 1 + at(8); count > 0; count--) bytes[at()]! ^= 1 << at(8);
  else if (kind < 0.6) bytes[next() < 0.5 ? at(Math.min(2048, bytes.length)) : nearEnd]! ^= 1 << at(8);
  else if (kind < 0.7) return bytes.subarray(0, at());
  else if (kind < 0.8) bytes.fill(0, at(), at());
  else if (kind < 0.9)
    view.setInt32(Math.min(nearEnd, bytes.length - 4), [-1, 0, 2 ** 31 - 1, 1 << 24, at()][at(5)]!, true); // prettier-ignore
  else if (kind < 0.95) bytes.copyWithin(at(), at(), at());
  else return Buffer.concat([bytes.subarray(0, at()), bytes.subarray(at())]);
  return bytes;
}

export interface Worst {
  readonly milliseconds: number;
  readonly read: number;
  readonly refused: number;
  /** What was thrown that is no error of this package. */
  readonly uncoded: readonly string[];
}

/** Reads many mutations of a file, and tells the slowest. */
export function readMutations(original: Uint8Array, count: number, seed: number): Worst {
  const dataset = DATASETS['binance/spot/klines'];
  const next = random(seed);
  let [milliseconds, read, refused] = [0, 0, 0];
  const uncoded: string[] = [];
  for (let round = 0; round < count; round++) {
    const bytes = mutate(original, next);
    const started = performance.now();
    try {
      decodeLegacyKlines(bytes, { dataset, interval: '1h' });
      read++;
    } catch (error) {
      refused++;
      if (!isArrowStoreError(error)) uncoded.push(String(error));
    }
    milliseconds = Math.max(milliseconds, performance.now() - started);
  }
  return { milliseconds, read, refused, uncoded };
}
