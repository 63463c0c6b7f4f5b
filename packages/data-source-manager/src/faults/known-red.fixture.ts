/**
 * Claims that the engine does not keep yet, by their number. The list only shrinks: a claim that is on it and holds
 * fails its test, so that it is taken off.
 */
export const KNOWN_RED: readonly string[] = [];
