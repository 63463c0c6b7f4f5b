/**
 * What the engine is still known to get wrong, by the kind of claim, as the longer runs find it. The engine is not done
 * while this list is not empty; it only shrinks. `npm run explore -- SEED 3 all KIND` prints a reproduction.
 */
export const OPEN_FAULTS: readonly string[] = [
  // An archive failed nearby and was not asked for these days, of which REST has no rows: told as failed, asked again (1319).
  'kind-source-failed',
  // All symbols stand still for weeks, until after the last bar of a month that has closed (1358).
  'kind-delisted',
];

/** Findings of {@link OPEN_FAULTS} in 1,000 scenarios; two were measured in 1,200. More means that something new is wrong. */
export const MOST_FINDINGS_IN_1000 = 5;
