import { closeSync, existsSync, lstatSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { MigratorError, stoppedBy } from '../contract/migrator-error.ts';
import type { Progress } from '../contract/progress.ts';
import { filesBelow, removeEmptyBelow } from '../disk/empty-folders.ts';
import { HIDDEN } from '../contract/safe-path.ts';
import { sweepRoot } from '../disk/sweep-root.ts';
import { syncPath } from '../disk/sync-path.ts';
import { yieldToEventLoop } from '../disk/yield-to-event-loop.ts';
import { asideFolder, rollbackMark } from '../ledger/places.ts';
import { RecordReader } from '../steps/read-journal.ts';
import { isHome } from '../old-cache/assess.ts';
import { FileReader, type OpenPlan, openPlan } from '../plan/open-plan.ts';
import { freeSpare } from '../steps/journal.ts';
import { type UndoContext, type UndoFinding, performUndo } from '../steps/perform-undo.ts';
import { earlierStates, undoSteps } from '../steps/undo-steps.ts';
import { findResidue, removeJournal, removeOrphanCopies, removeResidue } from './clean-up.ts';
import { type Migration, openMigration, readMigration, stateError } from './open-migration.ts';
import { takeLocksOnFullDisk } from './take-locks.ts';
import { outcomesOf } from './summary.ts';

export type RollbackFinding = UndoFinding;

export interface RollbackOptions {
  readonly plan: string;
  /** Takes the lock of a run that cannot be asked any more. @default false */
  readonly takeOver?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
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
 * Takes back exactly what apply wrote, and brings back the old tree byte for byte. An entry that changed since, or whose
 * rows stand nowhere else, is kept and told. May be stopped and called again.
 * @throws {MigratorError} `E_PLAN`, `E_JOURNAL_DAMAGED`, `E_LOCKED`, `E_STOPPED`, `E_ABORTED`, `E_STATE` after `finish`
 */
export async function rollback(options: RollbackOptions): Promise<RollbackResult> {
  const first = openMigration(options.plan);
  const { plan } = first;
  const { from, to } = plan.header;
  if (first.state === 'none') return nothingToDo(plan, options);
  assertNotFinished(first);
  const roots = [to, from].filter((root) => root === to || existsSync(join(root, HIDDEN)));
  const lock = takeLocksOnFullDisk(plan, roots, options);
  const findings: RollbackFinding[] = [];
  let result: RollbackResult;
  let residue: string | undefined;
  try {
    const migration = readMigration(plan); // Again, now that nobody else can change it.
    assertNotFinished(migration);
    const isResumed = migration.state === 'rolling-back';
    freeSpare(plan);
    setMark(rollbackMark(plan));
    // Before anything is taken back: what they are second names of may be part of it.
    removeOrphanCopies(migration);
    const { restored, takenBack } = await undo(migration, isResumed, findings, options);
    for (const file of removeEmptyBelow(asideFolder(plan))) findings.push({ path: file, found: 'left' });
    result = { ...countFiles(migration, findings), restored, takenBack, findings, state: 'rolled-back' };
    await sweepRoot(to);
    residue = removeJournal(migration);
  } catch (cause) {
    throw stoppedBy(cause, `${escapeTerminal(from)} and ${escapeTerminal(to)}`);
  } finally {
    lock.release();
  }
  await removeResidue(plan, residue);
  return result;
}

function assertNotFinished({ state }: Migration): void {
  if (state === 'finished') throw stateError(state, 'The migration is finished: the old files are deleted.');
}

/** On the disk before anything is taken back. */
function setMark(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) closeSync(openSync(path, 'wx'));
  syncPath(dirname(path));
}

/** So many steps are taken between two looks at the signal. */
const STEPS_AT_ONCE = 256;

async function undo(
  { plan, trees, ledger }: Migration,
  isResumed: boolean,
  findings: RollbackFinding[],
  { signal, progress }: RollbackOptions,
): Promise<Pick<RollbackResult, 'restored' | 'takenBack'>> {
  const reader = new RecordReader(plan);
  const files = new FileReader(plan.path);
  const read = (at: number) => reader.readAny(at);
  let [restored, takenBack, steps] = [0, 0, 0];
  progress?.start(undefined, undefined);
  try {
    const earlier = isResumed ? earlierStates(ledger, read) : new Map<string, Set<string>>();
    const putBack = new Set<string>();
    const blocked: string[] = [];
    const context: UndoContext = {
      plan,
      trees,
      isResumed,
      findings,
      fileOf: (i) => files.read(i),
      putBack,
      blocked,
      takenBack: new Set(),
      earlier,
    };
    for (const file of movedBack({ plan, trees, ledger }, reader)) putBack.add(file);
    for (const step of undoSteps(ledger, read)) {
      const undone = performUndo(context, step);
      if (undone === 'taken-back') takenBack += 1;
      if (undone === 'restored') restored += 1;
      if (step.do === 'put-back') progress?.advance(1, 0);
      steps += 1;
      if (steps % STEPS_AT_ONCE === 0) await yieldToEventLoop(signal, 'rollback');
    }
    if (blocked[0] !== undefined) throw blockedError(plan, blocked[0], blocked.length);
  } finally {
    reader.close();
    files.close();
    progress?.stop();
  }
  return { restored, takenBack };
}

function blockedError(plan: OpenPlan, file: string, count: number): MigratorError {
  const path = join(plan.header.from, file);
  const message =
    `${count} old files cannot be moved back, because something that is not a folder is in their path, such as for ` +
    `${escapeTerminal(path)}; they stay aside. Move it away, and run rollback again.`;
  return new MigratorError('E_STOPPED', message, { path, systemCode: 'ENOTDIR' });
}

/** Old files that stood at new paths and that a rollback which was stopped moved back: its writes there are undone. */
export function movedBack(
  { plan, trees, ledger }: Pick<Migration, 'plan' | 'trees' | 'ledger'>,
  reader: RecordReader,
): string[] {
  if (plan.header.from !== plan.header.to) return [];
  const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  return [...ledger.asideAt].flatMap((at) => {
    if (at === -1) return [];
    const { file } = reader.read(at, 'remove');
    return isHome(file) && isThere(trees.oldPath(file)) && !isThere(trees.aside(file)) ? [file] : [];
  });
}

/** The three numbers: what apply had changed for a file is undone, or is not, or it had changed nothing. */
function countFiles(
  migration: Migration,
  findings: readonly RollbackFinding[],
): Pick<RollbackResult, 'success' | 'failed' | 'skipped' | 'files'> {
  const found = new Set(findings.map(({ path }) => path));
  let [success, failed, skipped] = [0, 0, 0];
  for (const { i, file, outcome } of outcomesOf(migration)) {
    if (found.has(file.file) || outcome.wrote.some(({ path }) => found.has(path))) failed += 1;
    else if (outcome.wrote.length === 0 && migration.ledger.asideAt[i] === -1) skipped += 1;
    else success += 1;
  }
  return { success, failed, skipped, files: migration.plan.totals.files };
}

/**
 * A run that was killed before its first record, or a rollback after its last, may have left empty folders.
 * @throws {MigratorError} `E_STATE` if old files of another migration stand aside
 */
async function nothingToDo(plan: OpenPlan, options: RollbackOptions): Promise<RollbackResult> {
  const folder = dirname(asideFolder(plan));
  const [other] = filesBelow(folder);
  if (other !== undefined && findResidue(plan) === undefined) {
    const id = other.split('/')[0] ?? '';
    const message =
      `Nothing of this plan was applied, but old files of migration ${escapeTerminal(id)} are aside in ` +
      `${escapeTerminal(join(folder, id))}. Roll that one back, or put them back with \`rollback --from-folders\`.`;
    throw new MigratorError('E_STATE', message, { state: 'none' });
  }
  const { from, to } = plan.header;
  const hidden = [to, from].filter((root) => existsSync(join(root, HIDDEN)));
  if (hidden.length > 0) {
    const lock = takeLocksOnFullDisk(plan, hidden, options);
    let residue: string | undefined;
    try {
      residue = removeJournal(readMigration(plan));
    } finally {
      lock.release();
    }
    await removeResidue(plan, residue);
  } else await removeResidue(plan, findResidue(plan));
  const { files } = openPlan(plan.path).totals;
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
