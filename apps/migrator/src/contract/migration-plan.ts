import type { LegacyGeneration } from '@vision-cache/cache-keys';

/** Of the plan's form: 1 was written by version 0.1.0 and has no checksum. A plan of a newer one is refused. */
export const PLAN_VERSION = 2;

/** First line of a plan: what it was made from. A plan holds no clock: the same trees and options give the same bytes. */
export interface PlanHeader {
  readonly plan: 'vision-cache-migration';
  readonly version: number;
  /** Root of the old cache, absolute. */
  readonly from: string;
  /** Root of the new cache, absolute; may be the same. */
  readonly to: string;
  /** The market of files whose path names none. */
  readonly market: string;
  /** Whether the user named that market; otherwise it is the roadmap's assumption. */
  readonly marketGiven: boolean;
  readonly layout: string | null;
  readonly deep: boolean;
}

/** What is to become of an old file. */
export type PlannedFate = 'migrate' | 'refuse' | 'skip';

/** What every file has of its own. */
export interface FilePlace {
  /** Below the old root, with `/`. */
  readonly file: string;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly changed: number;
  /** The day or month in the name; null where it lost it. */
  readonly date: string | null;
}

/** An old file, and what its path, its first and its last bytes tell. */
export interface PlannedFile extends FilePlace, FileFacts {
  /** SHA-256 that an old index recorded for it. */
  readonly sha256?: string;
  /** Rows that an old index recorded, or that `--deep` counted. */
  readonly rows?: number;
  /** By `--deep`: new paths that its rows go to. */
  readonly targets?: readonly string[];
}

/** What files of one folder have in common. */
export interface FileFacts {
  readonly generations: readonly LegacyGeneration[];
  /** `ipc-file`, `parquet`…, or `sealed` for a file that is in the new form already but not at home. */
  readonly container: string;
  readonly fate: PlannedFate;
  /** `certain`: path and bytes tell all; `by-content`: the rows decide where they go, or whether. */
  readonly sure: 'certain' | 'by-content';
  /** Stable word for why it is refused, or what the rows must settle. */
  readonly reason?: string;
  readonly market: string;
  readonly symbol: string;
  readonly intervals: readonly string[];
}

/** Something that is no old cache file: left where it is. */
export interface LeftAlone {
  readonly left: string;
  readonly why: string;
}

/** An index of the old project. */
export interface FoundIndex {
  readonly index: string;
  readonly entries: number;
  /** Entries whose file is there. */
  readonly present: number;
  readonly checksums: number;
}

/** Last line. */
export interface PlanTotals {
  readonly totals: {
    readonly files: number;
    readonly bytes: number;
    /** What the new entries will take, about. */
    readonly needed: number;
    readonly migrate: number;
    readonly refuse: number;
    /** By `--deep`: already there and equal. */
    readonly skip: number;
    readonly left: number;
    readonly indexes: number;
    /** Entries in the new form that stand where they belong. */
    readonly sealed: number;
    readonly byGeneration: Readonly<Record<string, number>>;
    readonly byReason: Readonly<Record<string, number>>;
    /** Folders below the root that look like the root of an old cache, and how many Arrow files were left alone there. */
    readonly caches?: Readonly<Record<string, number>>;
  };
}

export type PlanLine = PlanHeader | PlannedFile | LeftAlone | FoundIndex | PlanTotals;

export const isFile = (line: PlanLine): line is PlannedFile => 'file' in line;
export const isLeft = (line: PlanLine): line is LeftAlone => 'left' in line;
export const isIndex = (line: PlanLine): line is FoundIndex => 'index' in line;
