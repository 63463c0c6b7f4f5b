import { KernelInstance } from './kernel-instance.ts';
import { ROWS_END } from './row-memory.ts';

/** Behind what the row decoder uses. */
const SCRATCH = ROWS_END;
const INPUT = SCRATCH + 16 * 1024;
const BEYOND_INPUT = 32;
const BEYOND_OUTPUT = 288;
/** Memory of WebAssembly is never given back: so much is enough for a day of 1s bars with its archive. */
const MOST_BYTES = 24 * 1024 * 1024;

/**
 * Inflates raw deflate data of known size, twice as fast as zlib, into memory that is used again.
 * @returns the bytes, which are there only until the next ones are inflated: they are used, or copied, before anything
 * is waited for. Undefined where the data is damaged, of another size or too large, or where there is no WebAssembly:
 * then the platform's own inflate decides.
 */
export function inflateInKernel(data: Uint8Array, size: number): Uint8Array | undefined {
  const output = Math.ceil((INPUT + data.length + BEYOND_INPUT) / 64) * 64;
  const end = output + size + BEYOND_OUTPUT;
  if (end - INPUT > MOST_BYTES) return undefined;
  const kernel = KernelInstance.shared();
  if (kernel?.reach(end) !== true) return undefined;
  kernel.bytes.set(data, INPUT);
  const isRight = kernel.exports.inflate(INPUT, INPUT + data.length, output, output + size, SCRATCH) === 1;
  return isRight ? kernel.bytes.subarray(output, output + size) : undefined;
}
