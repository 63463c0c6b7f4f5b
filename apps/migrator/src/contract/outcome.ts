/** The roadmap's three numbers, and the finer fates that each is made of. A file has exactly one. */
export const FATES = {
  success: ['migrated', 'split', 'relabelled', 'partial', 'degraded', 'lossy', 'with-conflicts', 'sealed-moved'],
  failed: ['refused', 'conflict', 'vanished', 'error', 'pending'],
  skipped: ['already-there'],
} as const;

export type Group = keyof typeof FATES;
export type Fate = (typeof FATES)[Group][number];

/** A fate of these can change when apply runs again. */
export const RESUMABLE: ReadonlySet<Fate> = new Set<Fate>(['error', 'pending']);

const GROUP_OF = new Map<Fate, Group>(
  (Object.keys(FATES) as Group[]).flatMap((group) => FATES[group].map((fate) => [fate, group] as const)),
);
export const ALL_FATES: readonly Fate[] = [...GROUP_OF.keys()];

export const groupOf = (fate: Fate): Group => GROUP_OF.get(fate)!;

/** One row that two places have with different values. */
export interface ReportedConflict {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly column: string;
  readonly kept: number | string;
  readonly dropped: number | string;
}

/** What apply wrote: enough to take it back. */
export interface Written {
  /** Below the new root. */
  readonly path: string;
  /** Fingerprint of what stood there before; null for nothing. */
  readonly before: string | null;
  /** Number of the copy of that in the journal's folder. */
  readonly backup: number | null;
  readonly after: string;
}

/** What became of one old file. `rowsIn` = `rowsOut` + `duplicates` + `refused`, always. */
export interface Outcome {
  readonly fate: Fate;
  /** Everything that is true of it besides. */
  readonly flags: readonly string[];
  /** Stable word. */
  readonly reason?: string;
  readonly message?: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly duplicates: number;
  /** Rows that were not taken: of a refused file all, of others the dropped of conflicting ones and unfinished bars. */
  readonly refused: number;
  /** New paths with how many of the file's rows each holds. */
  readonly targets: readonly { readonly path: string; readonly rows: number }[];
  readonly conflicts?: readonly ReportedConflict[];
  readonly wrote: readonly Written[];
}

/** An outcome without rows, for files that could not be read or were not tried. */
export function withoutRows(fate: Fate, reason: string, message: string, rowsIn = 0): Outcome {
  return {
    fate,
    flags: [],
    reason,
    message,
    rowsIn,
    rowsOut: 0,
    duplicates: 0,
    refused: rowsIn,
    targets: [],
    wrote: [],
  };
}
