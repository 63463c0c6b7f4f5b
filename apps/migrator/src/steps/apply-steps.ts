import { dirname } from 'node:path';
import type { AnnouncedWrite, IntentRecord, RecordIn } from '../ledger/records.ts';
import { pathOf } from '../new-cache/compare-rows.ts';
import type { Staged } from '../new-cache/stage-file.ts';

/** One thing that apply does. A step of a file for which an earlier one failed is passed over. */
export type ApplyStep =
  /** Keeps what stands at a new path under a second name. */
  | { readonly do: 'keep-copy'; readonly i: number; readonly path: string; readonly backup: number }
  /** Adds a record of a file to the journal. */
  | { readonly do: 'record'; readonly i: number; readonly record: RecordIn<'applying'> }
  /** Waits until the copies have their names on the disk. */
  | { readonly do: 'sync-copies' }
  /** Writes what was added to the journal, and reserves room for the next records. */
  | { readonly do: 'commit'; readonly reserve: number }
  /** Writes the entries of all files together. */
  | { readonly do: 'save'; readonly files: readonly Staged[] }
  /** Reads every row of a file back from its new places, and records its outcome. */
  | { readonly do: 'prove'; readonly i: number; readonly file: Staged; readonly announced: readonly AnnouncedWrite[] }
  /** Moves an old file into the hidden folder of the old root. */
  | { readonly do: 'move-aside'; readonly i: number; readonly file: Staged }
  /** Waits until the moves are on the disk. */
  | { readonly do: 'sync-moves' };

export interface ApplyGiven {
  /** What a killed run was writing. */
  readonly intents: ReadonlyMap<number, IntentRecord>;
  /** Whether a folder of the new tree is there. */
  readonly isThere: (folder: string) => boolean;
  readonly takeBackupNumber: () => number;
  /** Whether old files are moved aside, and which of them cannot be because their own entry replaces them. */
  readonly removes: boolean;
  readonly isInPlace: (file: string, path: string) => boolean;
  /** Whether an old file does not stand at its place any more, but an entry does, or nothing. */
  readonly isAway: (file: Staged) => boolean;
}

/** An outcome's record, and what each of its targets adds to it, with room to spare. */
const RECORD_BYTES = 700;

/** What to do for files whose rows are known, in this order. Pure but for what it is given. */
export function applySteps(files: readonly Staged[], given: ApplyGiven): ApplyStep[] {
  const steps: ApplyStep[] = [];
  const announced = new Map<number, readonly AnnouncedWrite[]>();
  let copies = 0;
  for (const file of files) {
    const made = missingFolders(file, given.isThere);
    if (made.length > 0) steps.push({ do: 'record', i: file.i, record: { t: 'folders', made } });
    const to: AnnouncedWrite[] = [];
    for (const { target, standing } of file.writes) {
      const path = pathOf(target);
      // What a killed run found there before it wrote is what a rollback has to bring back.
      const earlier = given.intents.get(file.i)?.to.find((each) => each.path === path);
      if (earlier !== undefined) to.push(earlier);
      else if (standing.kind === 'nothing') to.push({ path, before: null, backup: null });
      else {
        const backup = given.takeBackupNumber();
        copies += 1;
        steps.push({ do: 'keep-copy', i: file.i, path, backup });
        to.push({ path, before: standing.fingerprint, backup });
      }
    }
    announced.set(file.i, to);
    if (to.length > 0) {
      const sha256 = file.source.facts?.sourceSha256 ?? file.source.sha256;
      steps.push({ do: 'record', i: file.i, record: { t: 'intent', i: file.i, sha256, to } });
    }
  }
  if (copies > 0) steps.push({ do: 'sync-copies' });
  const records = files.reduce((sum, { source }) => sum + 1 + source.targets.length, 1);
  steps.push({ do: 'commit', reserve: RECORD_BYTES * records }, { do: 'save', files });
  for (const file of files) steps.push({ do: 'prove', i: file.i, file, announced: announced.get(file.i) ?? [] });
  steps.push({ do: 'commit', reserve: 0 });
  if (given.removes) steps.push(...moveSteps(files, given));
  return steps;
}

/** The moves are recorded together before the first of them. */
function moveSteps(files: readonly Staged[], { isInPlace, isAway }: ApplyGiven): ApplyStep[] {
  const moving = files.filter(
    (each) => !isAway(each) && !each.source.targets.some((target) => isInPlace(each.file.file, pathOf(target))),
  );
  if (moving.length === 0) return [];
  const records = moving.map(({ i, file }): ApplyStep => ({
    do: 'record',
    i,
    record: { t: 'remove', i, file: file.file },
  }));
  const moves = moving.map((file): ApplyStep => ({ do: 'move-aside', i: file.i, file }));
  const commit: ApplyStep = { do: 'commit', reserve: 0 };
  return [...records, commit, ...moves, commit, { do: 'sync-moves' }];
}

/** Folders above a file's new paths that are not there, outermost first. */
function missingFolders({ writes }: Staged, isThere: (folder: string) => boolean): string[] {
  const missing = new Set<string>();
  for (const { target } of writes) {
    const chain: string[] = [];
    for (let folder = dirname(pathOf(target)); folder !== '.'; folder = dirname(folder)) {
      if (missing.has(folder) || isThere(folder)) break;
      chain.unshift(folder);
    }
    for (const folder of chain) missing.add(folder);
  }
  return [...missing];
}

/** What a step does, for people: the lines of a dry run. Steps that only keep the books have none. Pure. */
export function describeApplyStep(step: ApplyStep): string | undefined {
  switch (step.do) {
    case 'save': {
      const lines = step.files.flatMap(({ file, writes }) =>
        writes.map(({ target }) => `write ${pathOf(target)}: ${target.batch.numRows} rows of ${file.file}`),
      );
      return lines.length === 0 ? undefined : lines.join('\n');
    }
    case 'keep-copy':
      return `keep a copy of ${step.path}, which is replaced`;
    case 'move-aside':
      return `move ${step.file.file.file} aside`;
    case 'record':
    case 'sync-copies':
    case 'commit':
    case 'prove':
    case 'sync-moves':
      return undefined;
    default:
      return step satisfies never;
  }
}
