/** Kinds of claims that the engine does not keep yet. The list only shrinks. */
export const KNOWN_KINDS: readonly string[] = [
  'account-entries',
  'again-asks',
  'again-bounds',
  'again-writes',
  'asked-outside',
  'asked-twice',
  'coverage-rest',
  'kind-delisted',
  'kind-no-data',
  'kind-not-listed-yet',
  'offline-acts',
  'offline-gaps',
  'provenance-source',
  'provenance-via',
  'row-missing',
  'threw-E_UNKNOWN_SYMBOL',
];
