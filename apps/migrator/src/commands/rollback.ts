import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { isHome } from '../old-cache/assess.ts';
import {
  type BeginRecord,
  type JournalRecord,
  backupPath,
  journalFolder,
  journalPath,
  readJournal,
  readJournalState,
  recordAt,
  removedFolder,
  rollbackMark,
  surveyJournal,
} from '../steps/journal.ts';
import { lockRoot } from '../disk/migration-lock.ts';
import { MigratorError } from '../contract/migrator-error.ts';
import { breathe } from '../disk/yield-to-event-loop.ts';
import { standingAt } from '../new-cache/new-place.ts';
import type { Written } from '../contract/outcome.ts';
import { type OpenPlan, openPlan } from '../plan/plan-file.ts';
import { HIDDEN } from '../disk/scan-tree.ts';
import { outcomes } from './summary.ts';
import { syncPath } from '../disk/sync-path.ts';

export interface RollbackFinding {
  readonly path: string;
  /** `kept`: it changed since, and stays; `occupied`: something stands where an old file was. */
  readonly found: 'kept' | 'occupied';
  /** Where the old file or entry is now. */
  readonly restoredTo?: string;
}

export interface RollbackOptions {
  readonly plan: string;
  readonly signal?: AbortSignal | undefined;
}

export interface RollbackResult {
  /** Old files of which everything is again as it was. */
  readonly success: number;
  /** Old files with a finding. */
  readonly failed: number;
  /** Old files for which apply had changed nothing. */
  readonly skipped: number;
  readonly files: number;
  /** Old files that were moved back. */
  readonly restored: number;
  /** Entries that apply wrote and that are gone again, or are again what they were. */
  readonly takenBack: number;
  readonly findings: readonly RollbackFinding[];
  readonly state: 'rolled-back' | 'nothing-to-do';
}

/**
 * Takes back exactly what apply wrote, and brings back the old tree byte for byte. An entry that gained rows since is
 * kept and told. May be stopped and called again.
 * @throws {MigratorError} `E_PLAN`, `E_LOCKED`, `E_STATE` after `finish`
 */
export async function rollback({ plan: path, signal }: RollbackOptions): Promise<RollbackResult> {
  const plan = openPlan(path);
  const state = readJournalState(plan);
  if (state === 'none') {
    // A run that was killed before its first record, or a rollback after its last, may have left empty folders.
    removeResidue(plan);
    const { files } = plan.totals;
    return {
      success: 0,
      failed: 0,
      skipped: files,
      files,
      restored: 0,
      takenBack: 0,
      findings: [],
      state: 'nothing-to-do',
    };
  }
  assertNotFinished(plan);
  const roots = [...new Set([plan.header.to, plan.header.from])].filter(
    (root) => root === plan.header.to || existsSync(join(root, HIDDEN)),
  );
  const locks = roots.map((root) => lockRoot(root));
  const findings: RollbackFinding[] = [];
  let result: RollbackResult;
  let begin: BeginRecord | undefined;
  let folders: string[];
  try {
    assertNotFinished(plan); // Again, now that nobody else can end it.
    setMark(rollbackMark(plan));
    // First what was written: an entry may stand where an old file was.
    const undone = await undoWrites(plan, findings, signal);
    const restored = await restoreOld(plan, findings, signal);
    ({ begin, folders } = undone);
    result = { ...countFiles(plan, findings), restored, takenBack: undone.takenBack, findings, state: 'rolled-back' };
    await new UnifiedCacheManager({ root: plan.header.to }).sweep();
    await removeUnwrittenLeases(plan.header.to);
    cleanUp(plan, begin, folders);
    // Last, so that all before it is done again if this is stopped; the mark after the outcomes that it makes void.
    rmSync(journalPath(plan), { force: true });
    rmSync(journalFolder(plan), { recursive: true, force: true });
  } finally {
    for (const lock of locks) lock.release();
  }
  removeEmptyHidden(plan.header.to);
  removeEmptyHidden(plan.header.from);
  const { fresh = [] } = begin ?? {};
  for (const [side, name] of fresh)
    if (name === '' || name.startsWith('..')) removeIfEmpty(join(plan.header[side], name));
  return result;
}

function assertNotFinished(plan: OpenPlan): void {
  if (readJournalState(plan) !== 'finished') return;
  const message = 'The migration is finished: the old files are gone for good.';
  throw new MigratorError('E_STATE', message, { state: 'finished' });
}

/** On the disk before anything is taken back. */
function setMark(path: string): void {
  closeSync(openSync(path, 'w'));
  syncPath(dirname(path));
}

/** So many files are taken back between two looks at the signal. */
const BREATH = 256;

/** The three numbers: what apply had changed for a file is undone, or is not, or it had changed nothing. */
function countFiles(
  plan: OpenPlan,
  findings: readonly RollbackFinding[],
): Pick<RollbackResult, 'success' | 'failed' | 'skipped' | 'files'> {
  const found = new Set(findings.map(({ path }) => path));
  const survey = surveyJournal(plan);
  let [success, failed, skipped] = [0, 0, 0];
  for (const { i, file, outcome } of outcomes(plan, survey)) {
    if (outcome.wrote.length === 0 && survey.isRemoved[i] === 0) skipped += 1;
    else if (found.has(file.file) || outcome.wrote.some(({ path }) => found.has(path))) failed += 1;
    else success += 1;
  }
  return { success, failed, skipped, files: plan.totals.files };
}

/** Moves the old files back from where apply put them. */
async function restoreOld(
  plan: OpenPlan,
  findings: RollbackFinding[],
  signal: AbortSignal | undefined,
): Promise<number> {
  let restored = 0;
  for (const { record } of readJournal(journalPath(plan))) {
    if (record.t !== 'remove') continue;
    const from = join(removedFolder(plan), record.file);
    if (!existsSync(from)) continue; // Never moved, or moved back already.
    const to = join(plan.header.from, record.file);
    if (existsSync(to)) {
      const beside = besideOf(to);
      renameSync(from, beside);
      findings.push({ path: record.file, found: 'occupied', restoredTo: beside });
    } else {
      mkdirSync(dirname(to), { recursive: true });
      renameSync(from, to);
    }
    restored += 1;
    if (restored % BREATH === 0) await breathe(signal, 'rollback');
  }
  rmSync(removedFolder(plan), { recursive: true, force: true });
  return restored;
}

function besideOf(path: string): string {
  for (let number = 0; ; number++) {
    const beside = `${path}.before-migration${number === 0 ? '' : `-${number}`}`;
    if (!existsSync(beside)) return beside;
  }
}

/** Undoes the writes, the last one first. */
async function undoWrites(plan: OpenPlan, findings: RollbackFinding[], signal: AbortSignal | undefined) {
  const places: number[] = [];
  const folders: string[] = [];
  let begin: BeginRecord | undefined;
  for (const { record, at } of readJournal(journalPath(plan))) {
    if (record.t === 'begin') begin ??= record;
    else if (record.t === 'folders') folders.push(...record.made);
    else if (record.t === 'intent' || record.t === 'done') places.push(at);
  }
  const back = movedBack(plan);
  const covered = new Uint8Array(plan.totals.files);
  const reader = openSync(journalPath(plan), 'r');
  let takenBack = 0;
  try {
    for (const [index, at] of places.reverse().entries()) {
      if (index % BREATH === BREATH - 1) await breathe(signal, 'rollback');
      const record: JournalRecord = recordAt(reader, at);
      if (record.t === 'done') {
        for (const written of [...record.outcome.wrote].reverse())
          if (!back.has(written.path)) takenBack += undo(plan, written, undefined, findings);
        if (record.outcome.wrote.length > 0) covered[record.i] = 1;
      } else if (record.t === 'intent' && covered[record.i] === 0) {
        // A killed run may have written it, and could not say so: what it wrote carries the old file's checksum.
        for (const each of [...record.to].reverse())
          if (!back.has(each.path)) takenBack += undo(plan, { ...each, after: '' }, record.sha256, findings);
      }
    }
  } finally {
    closeSync(reader);
  }
  return { begin, folders, takenBack };
}

/** Old files that stood at new paths and that a rollback which was stopped moved back: its writes there are undone. */
function movedBack(plan: OpenPlan): Set<string> {
  const back = new Set<string>();
  if (plan.header.from !== plan.header.to) return back;
  for (const { record } of readJournal(journalPath(plan))) {
    if (record.t !== 'remove' || !isHome(record.file)) continue;
    const { file } = record;
    if (existsSync(join(plan.header.from, file)) && !existsSync(join(removedFolder(plan), file))) back.add(file);
  }
  return back;
}

function undo(
  plan: OpenPlan,
  { path, before, backup, after }: Written,
  source: string | undefined,
  findings: RollbackFinding[],
): number {
  const target = join(plan.header.to, path);
  const standing = standingAt(plan.header.to, path);
  const now = standing.kind === 'nothing' ? null : standing.fingerprint;
  if (now === before) return 0; // Never written, or taken back already.
  const copy = backup === null ? undefined : backupPath(plan, backup);
  const ours =
    source === undefined
      ? now === after || now === null
      : now === null || (standing.kind === 'entry' && standing.sources.has(source));
  if (ours) {
    if (copy !== undefined && existsSync(copy)) {
      mkdirSync(dirname(target), { recursive: true });
      renameSync(copy, target);
    } else if (copy === undefined) rmSync(target, { force: true });
    return 1;
  }
  if (copy !== undefined && existsSync(copy) && before?.startsWith('bytes:') === true) {
    const beside = besideOf(target);
    copyFileSync(copy, beside);
    findings.push({ path, found: 'kept', restoredTo: beside });
  } else findings.push({ path, found: 'kept' });
  return 0;
}

/** Removes the folders that apply made, and the machinery that was not there before, as far as nothing else is in them. */
function cleanUp(plan: OpenPlan, begin: BeginRecord | undefined, folders: readonly string[]): void {
  const { from, to } = plan.header;
  const left = [...folders]
    .reverse()
    .filter((folder) => !removeIfEmpty(join(to, folder)) && existsSync(join(to, folder)));
  if (begin === undefined) return;
  const fresh = (side: 'from' | 'to', name: string) =>
    begin.fresh.some(([each, path]) => each === side && path === name);
  for (const [side, root] of [
    ['to', to],
    ['from', from],
  ] as const) {
    if (side === 'to' && left.length > 0) continue; // Others keep entries there now.
    if (fresh(side, HIDDEN)) removeMachinery(root);
    if (fresh(side, 'CACHEDIR.TAG')) rmSync(join(root, 'CACHEDIR.TAG'), { force: true });
  }
}

function removeMachinery(root: string): void {
  const hidden = join(root, HIDDEN);
  for (const name of ['migrated', 'leases', 'tmp']) removeIfEmpty(join(hidden, name));
  if (!existsSync(hidden)) return;
  const others = readdirSync(hidden).filter((name) => name !== 'format.json' && name !== 'journal');
  if (others.length === 0) rmSync(join(hidden, 'format.json'), { force: true });
}

/** How long a living process may take between creating a lease and writing who it is; it takes microseconds. */
const UNWRITTEN_MS = 1000;

/** On a file system without second names, a process that was killed in that moment leaves a lease of nobody, which the store believes for half a minute. */
async function removeUnwrittenLeases(root: string): Promise<void> {
  const folder = join(root, HIDDEN, 'leases');
  const unwritten = (): string[] =>
    existsSync(folder)
      ? readdirSync(folder).filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === 0)
      : [];
  const before = unwritten();
  if (before.length === 0) return;
  await new Promise((resolve) => setTimeout(resolve, UNWRITTEN_MS));
  for (const name of unwritten()) if (before.includes(name)) rmSync(join(folder, name), { force: true });
}

function removeResidue(plan: OpenPlan): void {
  for (const root of new Set([plan.header.to, plan.header.from])) {
    if (existsSync(join(root, HIDDEN, 'journal'))) {
      const lock = lockRoot(root);
      if (root === plan.header.to) rmSync(journalFolder(plan), { recursive: true, force: true });
      lock.release();
    }
    removeEmptyHidden(root);
  }
}

function removeEmptyHidden(root: string): void {
  for (const name of ['journal', '']) removeIfEmpty(join(root, HIDDEN, name));
}

function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false; // Not there, or not empty.
  }
}
