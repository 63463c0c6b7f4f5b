/** Kinds of claims that the engine does not keep yet. The list only shrinks. */
export const KNOWN_KINDS: readonly string[] = [];
