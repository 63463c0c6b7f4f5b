// Taken once: within a test runner's own realm, each look-up of a global is slow.
const { imul, sqrt, floor } = Math;

/**
 * Numbers that look random and are a pure function of a seed and an index, so that any part of a series can be made
 * without the parts before it. Only integer arithmetic, multiplication and addition: the same on every platform.
 */
export function hash(seed: number, index: number): number {
  let mixed = imul(seed ^ imul(index | 0, 0x9e3779b1), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** In [0, 1). */
export function uniform(seed: number, index: number): number {
  return hash(seed, index) / 4_294_967_296;
}

/** In (-1, 1), more often near 0: the sum of two uniform ones. */
export function centred(seed: number, index: number): number {
  return uniform(seed, index) + uniform(seed ^ 0x5bd1e995, index) - 1;
}

/** A seed for each name (FNV-1a). */
export function seedOf(...parts: readonly (string | number)[]): number {
  let seed = 0x811c9dc5;
  for (const character of parts.join('\u0000')) {
    seed = imul(seed ^ character.codePointAt(0)!, 0x01000193);
  }
  return hash(seed, 1);
}

/** A continuous curve through values in (-1, 1), one for each whole number. */
function curve(seed: number, at: number): number {
  const whole = floor(at);
  const part = at - whole;
  const weight = part * part * (3 - 2 * part);
  const from = uniform(seed, whole) * 2 - 1;
  const to = uniform(seed, whole + 1) * 2 - 1;
  return from + (to - from) * weight;
}

/** A value for each whole number such that both near and far ones differ as those of a random walk do. */
export function walk(seed: number, step: number): number {
  let level = 0;
  for (let octave = 0, period = 1; octave < 11; octave++, period *= 2) {
    level += sqrt(period) * curve(seed + octave, step / period);
  }
  return level;
}

/** e^x for small x by multiplication alone: Math.exp may differ in its last digit between engines. */
export function exponential(x: number): number {
  let power = 1 + x / 4096;
  for (let squaring = 0; squaring < 12; squaring++) power *= power;
  return power;
}
