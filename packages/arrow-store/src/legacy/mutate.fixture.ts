import { noise } from '../rows.fixture.ts';

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

/** The same mutations of a file each time. */
export function* mutations(original: Uint8Array, count: number, seed: number): Generator<Uint8Array> {
  const next = noise(seed);
  for (let round = 0; round < count; round++) yield mutate(original, next);
}
