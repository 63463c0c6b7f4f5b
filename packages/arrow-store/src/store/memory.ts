let isPrimed = false;
/** Smaller memory is never given back to the system by itself. */
const PRIMED_FROM = 2 ** 16;

/**
 * The C library of Linux gives free memory at its end back to the system, and memory above a threshold at once; to touch
 * new pages costs more than the read itself does. It learns from what is freed, up to 32 MiB, that such sizes come and
 * go, and keeps twice that: one buffer just below it, never touched, teaches it that before the second load.
 */
function prime(): void {
  isPrimed = true;
  Buffer.allocUnsafeSlow(2 ** 25 - 2 ** 16);
}

/** Memory that is about to be filled: zeroing it first would cost as much as the read. It begins at a multiple of eight. */
export function uninitialised(length: number): Uint8Array {
  if (!isPrimed && length >= PRIMED_FROM) prime();
  const { buffer } = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer, 0, length);
}

/** A larger file is read into memory of its own. */
const MOST_SCRATCH = 2 ** 24;
/**
 * Large memory begins 16 bytes behind a page, and what the kernel copies to places 1 to 31 bytes behind one takes three
 * times as long (AMD Zen 4, Linux 6): this many bytes further on it does not, and is aligned as columns are.
 */
const BEHIND_PAGE = 48;
let memory: Uint8Array = new Uint8Array(0);

/** Memory for what is read and not kept: one for the process is enough as long as nobody waits while using it. */
export function scratch(length: number): Uint8Array {
  if (length > MOST_SCRATCH) return uninitialised(length);
  if (length > memory.length) memory = uninitialised(BEHIND_PAGE + Math.max(length, 2 ** 18)).subarray(BEHIND_PAGE);
  return memory.subarray(0, length);
}
