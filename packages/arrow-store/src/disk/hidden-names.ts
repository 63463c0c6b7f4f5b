/** The hidden folder below a root: everything that is no finished entry. */
export const HIDDEN_FOLDER = '.vision-cache';

/** The folders in the hidden folder, below the root, with `/`. */
export const HIDDEN_FOLDERS = {
  /** Files that are being written. */
  tmp: `${HIDDEN_FOLDER}/tmp`,
  /** Damaged files, each with a file that says why. */
  quarantine: `${HIDDEN_FOLDER}/quarantine`,
  /** Who reads and then writes an entry, who asks a source for one, and who has the whole root. */
  leases: `${HIDDEN_FOLDER}/leases`,
  /** What a source does not have. */
  absent: `${HIDDEN_FOLDER}/absent`,
  /** Which symbols a source lists, and when it was asked. */
  symbols: `${HIDDEN_FOLDER}/symbols`,
  /** Old files that no longer count. */
  invalidated: `${HIDDEN_FOLDER}/invalidated`,
  /** Journals of migrations. */
  journal: `${HIDDEN_FOLDER}/journal`,
} as const;

/** Says which format a root is of, and which intervals it keeps by the month. */
export const ROOT_MARKER = `${HIDDEN_FOLDER}/format.json`;
/** Tells backup programs to pass over a root: https://bford.info/cachedir/ */
export const CACHE_TAG = 'CACHEDIR.TAG';
