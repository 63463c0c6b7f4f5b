import { KernelInstance } from './kernel-instance.ts';
import { ROWS_END } from './row-memory.ts';

/** How far back deflate data may point. */
const WINDOW = 32 * 1024;
/** The most that is kept of what was inflated before; a line of the archive is far shorter. */
const MOST_KEPT = 64 * 1024;
const BEYOND_INPUT = 32;
const BEYOND_OUTPUT = 320;

/** Addresses behind what the row decoder uses. */
const TOLD = ROWS_END;
const SCRATCH = TOLD + 16;
/** So many bytes before those that were not used may be read once more: a stored block begins at a whole byte. */
const BEFORE_INPUT = 8;
const INPUT = SCRATCH + 16 * 1024 + BEFORE_INPUT;

/** Bytes of deflate data, and of what becomes of them, that are in the kernel's memory at a time. */
export interface PieceSizes {
  readonly input: number;
  readonly output: number;
}

/** A core's own cache holds them, with the columns that are made of them. */
const PIECES: PieceSizes = { input: 128 * 1024, output: 256 * 1024 };

/**
 * Is given a file piece by piece: what it left of the pieces before, with `fresh` behind it. Both are there only until
 * it returns.
 * @returns how many bytes it is done with; the rest comes again
 */
export type TakePiece = (bytes: Uint8Array, fresh: Uint8Array, isLast: boolean) => number;

/**
 * Inflates raw deflate data of known size, twice as fast as zlib, into a piece of memory that stays in a core's cache and
 * is used again for the next: to write to memory that is new costs as much as to inflate. Nothing is waited for.
 * @returns whether all of it was given. Where not, the data is damaged or of another size, a line is too long, or there
 * is no WebAssembly: then the platform's own inflate decides, and what was given does not count.
 */
export function inflateInPieces(data: Uint8Array, size: number, take: TakePiece, pieces: PieceSizes = PIECES): boolean {
  const output = Math.ceil((INPUT + pieces.input + BEYOND_INPUT) / 64) * 64;
  const kernel = KernelInstance.shared();
  if (kernel?.reach(output + MOST_KEPT + pieces.output + BEYOND_OUTPUT) !== true) return false;
  const { bytes: memory, exports } = kernel;
  const told = new Uint32Array(memory.buffer, TOLD, 2);
  exports.startInflating();
  let input = INPUT;
  let inputEnd = INPUT;
  let copied = 0;
  // From `output` to `at` stands what was inflated; of it `take` has not yet seen what is behind `fresh`, and is not done
  // with what is behind `rest`.
  let [rest, fresh, at, shown] = [output, output, output, 0];
  for (;;) {
    const isWhole = copied === data.length;
    const stop = fresh + Math.min(pieces.output, size - shown);
    at = exports.inflate(input, inputEnd, isWhole ? 1 : 0, output, at, stop, SCRATCH, TOLD);
    if (at === 0 || at - fresh > size - shown) return false;
    input = told[0]!;
    const hasEnded = told[1] === 1;
    if (hasEnded && !(isWhole && input === inputEnd && at - fresh === size - shown)) return false;
    if (hasEnded || at > stop) {
      shown += at - fresh;
      rest += take(memory.subarray(rest, at), memory.subarray(fresh, at), hasEnded);
      if (hasEnded) return true;
      const kept = Math.max(output, Math.min(rest, at - WINDOW));
      if (at - kept > MOST_KEPT) return false;
      memory.copyWithin(output, kept, at);
      rest -= kept - output;
      at -= kept - output;
      fresh = at;
    } else {
      memory.copyWithin(INPUT - BEFORE_INPUT, input - BEFORE_INPUT, inputEnd);
      inputEnd += INPUT - input;
      input = INPUT;
      const more = data.subarray(copied, copied + INPUT + pieces.input - inputEnd);
      memory.set(more, inputEnd);
      inputEnd += more.length;
      copied += more.length;
    }
  }
}

/** All of it at once, in memory of its own; undefined where {@link inflateInPieces} leaves it to the platform. */
export function inflateInKernel(data: Uint8Array, size: number, pieces?: PieceSizes): Uint8Array | undefined {
  const whole = new Uint8Array(size);
  let at = 0;
  const isRight = inflateInPieces(
    data,
    size,
    (bytes, fresh) => {
      whole.set(fresh, at);
      at += fresh.length;
      return bytes.length;
    },
    pieces,
  );
  return isRight ? whole : undefined;
}
