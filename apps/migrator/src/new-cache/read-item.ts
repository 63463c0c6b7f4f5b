import { type Stats, lstatSync } from 'node:fs';
import { legacyRowCount } from '@vision-cache/arrow-store/legacy';
import type { PlannedFile } from '../contract/migration-plan.ts';
import { type Outcome, withoutRows } from '../contract/outcome.ts';
import { REFUSALS } from '../contract/refusals.ts';
import type { GroupBytes } from '../disk/group-bytes.ts';
import { NotAFileError, readRegular } from '../disk/open-regular.ts';
import { backupPath } from '../ledger/places.ts';
import type { DoneRecord, IntentRecord, SeenFile } from '../ledger/records.ts';
import { READABLE, isHome } from '../old-cache/assess.ts';
import { assessAgain } from '../old-cache/assess-again.ts';
import { type RefusedSource, type SourceRows, decodeSource } from '../old-cache/read-source.ts';
import { storeErrorOf } from '../old-cache/store-errors.ts';
import type { Trees } from './trees.ts';

/** What looking at files needs to know; nothing here changes anything. */
export interface StageContext {
  readonly trees: Trees;
  /** What a killed run was writing. */
  readonly intents: ReadonlyMap<number, IntentRecord>;
  /** Old files that stood at new paths and were replaced there: the number of the copy of each. */
  readonly replaced: ReadonlyMap<string, number>;
  /** Where given, old files are read into it, and their rows stay there. */
  readonly readOld?: Pick<GroupBytes, 'read'>;
}

export interface GroupItem {
  readonly i: number;
  readonly file: PlannedFile;
  /** What an earlier run recorded. */
  readonly before: DoneRecord | undefined;
}

/** An old file as it was when its rows were read. */
export interface ReadFile {
  readonly stat: Stats;
  readonly seen: SeenFile;
  /** False for one that was read from a copy, or from where it was moved aside. */
  readonly isAtItsPlace: boolean;
}

export type ReadItem =
  | { readonly kind: 'outcome'; readonly outcome: Outcome; readonly seen: SeenFile | undefined }
  | { readonly kind: 'rows'; readonly source: SourceRows; readonly notes: readonly string[]; readonly old: ReadFile };

/** An old file's bytes, of which nothing is decoded yet. */
export interface OpenedItem {
  readonly kind: 'bytes';
  readonly bytes: Uint8Array;
  /** The plan's line of it, made again where it changed since. */
  readonly file: PlannedFile;
  readonly notes: readonly string[];
  readonly old: ReadFile;
}

type Ended = Extract<ReadItem, { readonly kind: 'outcome' }>;

const ended = (outcome: Outcome, seen?: SeenFile): Ended => ({ kind: 'outcome', outcome, seen });

/** The rows of an old file as it is now, or the outcome that reading it already is. */
export function readItem(context: StageContext, item: GroupItem): ReadItem {
  const opened = openItem(context, item);
  return opened.kind === 'bytes' ? readOpened(opened) : opened;
}

/** The bytes of an old file as it is now, or the outcome that opening it already is. */
export function openItem(context: StageContext, item: GroupItem): OpenedItem | Ended {
  const { trees } = context;
  const { header } = trees.plan;
  const copy = copyOf(context, item);
  try {
    if (trees.from.above(item.file.file) === 'link')
      return ended(withoutRows('error', 'link', 'A folder above it is now a link, which is not followed.'));
    const found = findFirst(placesOf(context, item, copy));
    if (found === undefined) return ended(goneOutcome(item));
    const { path: from } = found;
    const { bytes, stat } = (context.readOld ?? { read: readRegular }).read(from, found.stat);
    const isAtItsPlace = from === trees.oldPath(item.file.file);
    const seen = { size: stat.size, changed: Math.floor(stat.mtimeMs) };
    if (!isSame(stat, lstatSync(from, { throwIfNoEntry: false })))
      return ended(withoutRows('error', 'changed-meanwhile', 'It changed while it was read.'), seen);
    let { file } = item;
    const notes: string[] = [];
    if (from !== copy && (seen.size !== file.size || seen.changed !== file.changed)) {
      file = assessAgain(header, file, from);
      notes.push('changed-since-plan');
    }
    const { fate, reason = 'unknown', container } = file;
    // A plan that read the rows knows why they are refused by one word only: read again they are told in full, and what
    // stood in their way at the new place may be gone.
    const byRows = header.deep && READABLE.has(container) && !Object.hasOwn(REFUSALS, reason);
    if (fate === 'refuse' && !byRows) {
      const message = REFUSALS[reason] ?? `It is refused: ${reason}.`;
      const rows = READABLE.has(container) && reason !== 'cut' ? (legacyRowCount(bytes) ?? 0) : 0;
      return ended(withoutRows('refused', reason, message, rows), seen);
    }
    return { kind: 'bytes', bytes, file, notes, old: { stat, seen, isAtItsPlace } };
  } catch (error) {
    return endedBy(error);
  }
}

/** The rows of an old file that is open: decoded here, unless they are given. */
export function readOpened({ bytes, file, notes, old }: OpenedItem, decoded?: SourceRows | RefusedSource): ReadItem {
  const { seen } = old;
  try {
    const source = decoded ?? decodeSource(bytes, file);
    if (!source.ok)
      return ended({ ...withoutRows('refused', source.reason, source.message, source.rowsIn), flags: notes }, seen);
    if (source.targets.length === 0) {
      const message = 'Its only row is a bar that was not finished when the file was written.';
      return ended(withoutRows('refused', 'unfinished', message, source.rowsIn), seen);
    }
    return { kind: 'rows', source, notes, old: { ...old, seen: { ...seen, sha256: source.sha256 } } };
  } catch (error) {
    return endedBy(error);
  }
}

function endedBy(error: unknown): Ended {
  if (error instanceof NotAFileError) return ended(withoutRows('refused', 'not-a-file', error.message));
  return ended(withoutRows('error', systemWord(error), `It cannot be read: ${(error as Error).message}`));
}

function findFirst(paths: readonly string[]): { readonly path: string; readonly stat: Stats } | undefined {
  for (const path of paths) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat !== undefined) return { path, stat };
  }
  return undefined;
}

/** The copy of an old file that stood at a new path and was replaced, or was just about to be. */
function copyOf({ trees, intents, replaced }: StageContext, { i, file }: GroupItem): string | undefined {
  if (trees.from.root !== trees.to.root) return undefined;
  const announced = intents.get(i)?.to.find(({ path, backup }) => backup !== null && path === file.file)?.backup;
  const number = announced ?? replaced.get(file.file);
  return number === undefined ? undefined : backupPath(trees.plan, number);
}

/** Where an old file may stand, the first that is there counts. In one root, its place may have become an entry's. */
function placesOf({ trees }: StageContext, { file: { file } }: GroupItem, copy: string | undefined): string[] {
  const [old, aside] = [trees.oldPath(file), trees.aside(file)];
  const isEntryPlace = trees.from.root === trees.to.root && isHome(file);
  return [...(copy === undefined ? [] : [copy]), ...(isEntryPlace ? [aside, old] : [old, aside])];
}

/** Neither the old file nor a copy of it is there. */
function goneOutcome({ before }: GroupItem): Outcome {
  const rows = before?.outcome.rowsIn ?? 0;
  if (before === undefined || before.outcome.targets.length === 0)
    return withoutRows('vanished', 'vanished', 'It existed when the plan was made, and is gone now.', rows);
  const message = 'Its rows are no longer in the new place, and the old file is gone.';
  return withoutRows('vanished', 'rows-gone', message, rows);
}

/** Whether a file is the one that was opened, with nothing written to it since. */
export function isSame(one: Stats, other: Stats | undefined): boolean {
  return (
    other !== undefined && one.ino === other.ino && one.dev === other.dev && one.size === other.size &&
    one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs
  ); // prettier-ignore
}

export const systemWord = (error: unknown): string =>
  (error as { code?: string }).code ?? storeErrorOf(error)?.code ?? 'unexpected';
