import { lstatSync, renameSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { BINANCE, type Dataset, parseCachePath } from '@vision-cache/cache-keys';
import type { PlannedFile } from '../contract/migration-plan.ts';
import { removeIfEmpty, removeOwn } from '../disk/empty-folders.ts';
import { hashFile } from '../disk/hash-file.ts';
import { moveToFreePlace } from '../disk/move-file.ts';
import { makeFolders } from '../disk/sync-path.ts';
import { backupPath } from '../ledger/places.ts';
import { compareRows, pathOf } from '../new-cache/compare-rows.ts';
import { decodeOld } from '../new-cache/held-rows.ts';
import { type Standing, fingerprintAt, standingAt, standingIn } from '../new-cache/new-place.ts';
import type { Trees } from '../new-cache/trees.ts';
import type { OpenPlan } from '../plan/open-plan.ts';
import { withoutRows } from '../contract/outcome.ts';
import { type UndoDecision, type UndoStep, decideUndo } from './undo-steps.ts';

export interface UndoFinding {
  readonly path: string;
  /**
   * `kept`: an entry that changed since, and stays; `gone`: one that somebody removed since; `last-copy`: one whose rows
   * stand nowhere else, and that stays; `occupied`: something stands where an old file was; `vanished`: an old file that
   * is not where apply put it; `left`: a file that is no part of the migration.
   */
  readonly found: 'kept' | 'gone' | 'last-copy' | 'occupied' | 'vanished' | 'left';
  /** Where the old file or entry is now. */
  readonly restoredTo?: string;
}

export interface UndoContext {
  readonly plan: OpenPlan;
  readonly trees: Trees;
  readonly isResumed: boolean;
  /** New paths at which nothing stands any more since this rollback was there: some are written to more than once. */
  readonly takenBack: Set<string>;
  /** States that a rollback which was stopped may have brought back, by new path. */
  readonly earlier: ReadonlyMap<string, ReadonlySet<string>>;
  /** The plan's line of a file. */
  readonly fileOf: (i: number) => PlannedFile;
  /** Old files that stood at new paths and that a rollback which was stopped moved back: its writes there are undone. */
  readonly putBack: ReadonlySet<string>;
  readonly findings: UndoFinding[];
  /** Old files that cannot go back because a folder above them is none any more. */
  readonly blocked: string[];
}

export type Undone = 'taken-back' | 'restored' | 'nothing';

/** Does one step of a rollback, and tells what it found. */
export function performUndo(context: UndoContext, step: UndoStep): Undone {
  switch (step.do) {
    case 'undo-write':
      return undoWrite(context, step);
    case 'put-back':
      return putBack(context, step.file);
    case 'remove-folder':
      if (context.trees.to.look(step.folder) === 'folder') removeIfEmpty(join(context.trees.to.root, step.folder));
      return 'nothing';
    default:
      return step satisfies never;
  }
}

type UndoWrite = Extract<UndoStep, { readonly do: 'undo-write' }>;

/** Looks at a write, and says what would become of it. Changes nothing. */
export function lookAtWrite(context: UndoContext, step: UndoWrite): UndoDecision {
  const { plan, trees, isResumed, fileOf, putBack, takenBack, earlier } = context;
  if (putBack.has(step.path)) return { act: 'nothing' };
  trees.forget();
  const standing = standingAt(trees.to, step.path);
  const copy = step.backup === null ? undefined : fingerprintAt(standingIn(backupPath(plan, step.backup), step.path));
  return decideUndo(step, {
    now: fingerprintAt(standing),
    sources: standing.kind === 'entry' ? standing.sources : new Set(),
    copy: copy === step.before ? 'as-recorded' : copy === null || copy === undefined ? 'gone' : 'other',
    isOldThere: () => isOldThere({ plan, trees, fileOf }, step, standing),
    isEarlier: (fingerprint) => earlier.get(step.path)?.has(fingerprint) === true,
    mayBeTakenBack: isResumed || takenBack.has(step.path),
  });
}

function undoWrite(context: UndoContext, step: UndoWrite): Undone {
  const decision = lookAtWrite(context, step);
  const { plan, trees, findings } = context;
  const target = trees.newPath(step.path);
  switch (decision.act) {
    case 'nothing':
      return 'nothing';
    case 'drop-copy':
      removeOwn(backupPath(plan, step.backup!));
      return 'nothing';
    case 'remove':
      removeOwn(target);
      context.takenBack.add(step.path);
      return 'taken-back';
    case 'restore-copy':
      renameSync(backupPath(plan, step.backup!), target);
      return 'taken-back';
    case 'keep': {
      const copy = step.backup === null ? undefined : backupPath(plan, step.backup);
      const isUnsealed = copy !== undefined && step.before?.startsWith('bytes:') === true && isThere(copy);
      // A file without a seal that stood there may be an old one: it comes back beside what stands there now.
      const beside = isUnsealed ? moveBeside(copy, target) : undefined;
      const known = findings.some(({ path }) => path === step.path);
      if (!known) findings.push({ path: step.path, found: decision.found, ...(beside && { restoredTo: beside }) });
      return 'nothing';
    }
    default:
      return decision satisfies never;
  }
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Whether every row of an entry stands in the old file that it was written for. */
function isOldThere(
  { plan, trees, fileOf }: Pick<UndoContext, 'plan' | 'trees' | 'fileOf'>,
  { i, path, old, backup }: UndoWrite,
  standing: Standing,
): boolean {
  const file = fileOf(i);
  const inPlace = backup !== null && trees.isInPlace(file.file, path) ? [backupPath(plan, backup)] : [];
  const below = trees.from.above(file.file) === 'folder' ? [trees.oldPath(file.file)] : [];
  const aside = trees.aside(file.file);
  const stored = trees.from.above(relative(trees.from.root, aside)) === 'folder' ? [aside] : [];
  const places = [...inPlace, ...stored, ...below];
  if (old !== undefined && places.some((place) => hashFile(place) === old)) return true;
  return standing.kind === 'entry' && places.some((place) => holdsRows(plan, file, place, path, standing));
}

/** Whether an old file, as it is now, holds every row of an entry. */
function holdsRows(
  { header }: OpenPlan,
  file: PlannedFile,
  place: string,
  path: string,
  standing: Extract<Standing, { readonly kind: 'entry' }>,
): boolean {
  try {
    const outcome = { ...withoutRows('migrated', '', ''), flags: ['changed-since-plan'] };
    const source = decodeOld(header, file, outcome, place);
    const target = source.ok ? source.targets.find((each) => pathOf(each) === path) : undefined;
    if (!source.ok || target === undefined) return false;
    const key = parseCachePath(path);
    const dataset = BINANCE.datasetOf<Dataset>(key as never);
    const entry = { key, batch: standing.batch, spans: [], isWhole: false };
    const incoming = { target: entry, missingColumns: [...standing.missingColumns], lossy: false };
    const theirs = { batch: target.batch, missingColumns: new Set(source.missingColumns) };
    return compareRows(theirs, incoming, dataset).kind === 'equal';
  } catch {
    return false; // It cannot be read: nothing is proven.
  }
}

function putBack({ trees, findings, blocked }: UndoContext, file: string): Undone {
  trees.forget();
  const from = trees.aside(file);
  const to = trees.oldPath(file);
  const above = trees.from.above(relative(trees.from.root, from));
  if (above !== 'folder' || !isThere(from)) {
    // Moved back already by a rollback that was stopped, or never moved; where it is not there either, it is lost to us.
    if (!isThere(to)) findings.push({ path: file, found: 'vanished' });
    return 'nothing';
  }
  if (trees.from.above(file) === 'link') {
    blocked.push(file);
    return 'nothing';
  }
  makeFolders(dirname(to), true);
  if (!moveToFreePlace(from, to)) findings.push({ path: file, found: 'occupied', restoredTo: moveBeside(from, to) });
  return 'restored';
}

/** Moves a file to a free place beside a path. @returns where it is */
function moveBeside(from: string, path: string): string {
  for (let number = 0; ; number++) {
    const beside = `${path}.before-migration${number === 0 ? '' : `-${number}`}`;
    if (moveToFreePlace(from, beside)) return beside;
  }
}
