// What the benches share: contestants in interleaved rounds, medians with the 10th and 90th percentile, and claims about
// ratios. Ratios hold from machine to machine, times do not.
//   VISION_CACHE_BENCH_ROUNDS   rounds of each (default 7)
export const ROUNDS = Number(process.env.VISION_CACHE_BENCH_ROUNDS ?? 7);

export const quantile = (values, of) => [...values].sort((a, b) => a - b)[Math.round(of * (values.length - 1))];
export const median = (values) => quantile(values, 0.5);
export const spread = (values, digits = 2) =>
  `${median(values).toFixed(digits)} [${quantile(values, 0.1).toFixed(digits)}–${quantile(values, 0.9).toFixed(digits)}]`;
/** Of two contestants, by rounds: what is slow for one round is slow for both. */
export const ratio = (times, a, b) => median(times[a].map((time, round) => time / times[b][round]));

let missed = 0;
/** @param {'at most' | 'at least'} side */
export function claim(what, value, limit, side, unit = '×') {
  const holds = side === 'at most' ? value <= limit : value >= limit;
  if (!holds) missed++;
  console.log(`  ${holds ? '✓' : '✗'} ${what}: ${value.toFixed(2)} ${unit} (${side} ${limit})`);
}
export const missedClaims = () => missed;

/** Every contestant once a round, in a rotated order, after one round that warms the code up. */
export async function interleave(contestants, inner = 1, rounds = ROUNDS) {
  const names = Object.keys(contestants);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length];
      // What the contestant before left behind is not this one's; nor is what a collection of garbage costs the code.
      globalThis.gc?.();
      if (inner === 1) await contestants[name](`${round}-warm`);
      const started = performance.now();
      for (let repeat = 0; repeat < inner; repeat++) await contestants[name](round * inner + repeat);
      if (round > 0) times[name].push((performance.now() - started) / inner);
    }
  }
  for (const name of names) console.log(`  ${name.padEnd(44)} ${spread(times[name], 3)} ms`);
  return times;
}
