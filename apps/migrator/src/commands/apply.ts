import { existsSync, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import type { PlannedFile } from '../contract/migration-plan.ts';
import { stoppedBy } from '../contract/migrator-error.ts';
import { RESUMABLE, withoutRows } from '../contract/outcome.ts';
import type { Progress } from '../contract/progress.ts';
import { syncPath } from '../disk/sync-path.ts';
import { yieldToEventLoop } from '../disk/yield-to-event-loop.ts';
import { RecordReader } from '../steps/read-journal.ts';
import type { DoneRecord } from '../ledger/records.ts';
import { holdsAsProven } from '../new-cache/held-rows.ts';
import type { GroupItem } from '../new-cache/read-item.ts';
import { isHome } from '../old-cache/assess.ts';
import { type NumberedFile, type OpenPlan, plannedFiles } from '../plan/open-plan.ts';
import { ApplyContext } from '../steps/apply-context.ts';
import { Journal } from '../steps/journal.ts';
import { applyGroup } from '../steps/perform-apply.ts';
import { GROUP_BYTES, ReadAhead, type ReadGroup } from '../steps/read-ahead.ts';
import { assertByDay } from './assert-by-day.ts';
import { findResidue, removeResidue } from './clean-up.ts';
import { finishedOutcomes } from './finished-outcomes.ts';
import { freshPlaces } from './fresh-places.ts';
import { type Migration, openMigration, readMigration, stateError } from './open-migration.ts';
import { takeLocks } from './take-locks.ts';
import { type MigrationSummary, countOutcomes, summarise } from './summary.ts';

export interface ApplyOptions {
  readonly plan: string;
  /** Move each old file aside once its rows are proven to be in the new place. @default 'keep' */
  readonly oldFiles?: 'keep' | 'remove' | undefined;
  /** `none` waits for no disk: for trying out. @default 'group' */
  readonly durability?: 'group' | 'none' | undefined;
  /** Takes the lock of a run that cannot be asked any more. @default false */
  readonly takeOver?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Files that are written and waited for together; where nothing is waited for, as few as stay in the processor's cache. */
const GROUP_FILES = { group: 256, none: 16 } as const;
/** After so many groups in a row that found the disk full, the rest is not tried. */
const MOST_FULL = 3;

/**
 * Does what a plan says: reads every old file, writes its rows to where they belong, and proves it by reading them back.
 * Stopped at any point it goes on where it was when it is called again. What stands at the new place is looked at each
 * time: what was lost there since is migrated again.
 * @throws {MigratorError} `E_PLAN`, `E_STATE`, `E_JOURNAL_DAMAGED`, `E_LOCKED`, `E_STOPPED`, `E_ABORTED`
 */
export async function apply(options: ApplyOptions): Promise<MigrationSummary> {
  const first = openMigration(options.plan);
  const { plan, end } = first;
  const { from, to } = plan.header;
  assertApplicable(first);
  if (!existsSync(from)) throw stateError('none', `${escapeTerminal(from)} is gone.`);
  assertByDay(to);
  // A rollback of this plan may have been stopped in its last steps: what it has left is not there before this run.
  const residue = end.lines === 0 ? findResidue(plan) : undefined;
  if (residue !== undefined) await removeResidue(plan, residue);
  const fresh = end.lines === 0 ? freshPlaces(plan) : [];
  const lock = takeLocks(options.oldFiles === 'remove' ? [to, from] : [to], options);
  try {
    // Read again, now that nobody else can change it.
    const migration = readMigration(plan);
    assertApplicable(migration);
    if (migration.state === 'finished') return countOutcomes(migration, finishedOutcomes(migration));
    const durable = options.durability !== 'none';
    const { ledger } = migration;
    const isBegun = ledger.phase !== 'none';
    const journal = new Journal(plan, { phase: ledger.phase, end: migration.end, durable, lock });
    try {
      if (!isBegun) {
        if (durable) for (const path of [plan.path, dirname(plan.path)]) syncPath(path);
        journal.inPhase('none').add({ t: 'begin', plan: plan.path, sha256: plan.sha256, fresh });
      }
      const applying = journal.inPhase(isBegun && ledger.phase === 'applied' ? 'applied' : 'applying');
      const context = new ApplyContext(
        { plan, trees: migration.trees, journal: applying as Journal<'applying'>, ledger },
        options,
      );
      // What a killed run was writing and did not make visible.
      if (isBegun) await context.store.sweep();
      await run(migration, context, options);
      return summarise(plan);
    } finally {
      journal.close();
    }
  } catch (cause) {
    throw stoppedBy(cause, escapeTerminal(to));
  } finally {
    lock.release();
  }
}

function assertApplicable({ state, end }: Migration): void {
  if (state === 'rolling-back') throw stateError(state, 'A rollback has not finished; run it again, and then apply.');
  if (end.version === 1 && end.lines > 0) {
    const message =
      'Version 0.1.0 of the migrator began this migration, and its journal has no checksums: this version does not go ' +
      'on with it. Run `verify`, and then `finish` or `rollback`; after a rollback, plan again.';
    throw stateError(state, message);
  }
}

async function run(migration: Migration, context: ApplyContext, options: ApplyOptions): Promise<void> {
  const { plan, ledger } = migration;
  const { signal, progress } = options;
  progress?.start(plan.totals.files, plan.totals.bytes);
  const reader = new RecordReader(plan);
  const before = (i: number): DoneRecord | undefined => {
    const at = ledger.outcomeAt[i] ?? -1;
    return at === -1 ? undefined : reader.read(at, 'done');
  };
  const ahead = new ReadAhead(context);
  let group: GroupItem[] = [];
  let bytes = 0;
  let full = 0;
  let opened: ReadGroup | undefined;
  const write = async (): Promise<void> => {
    if (opened === undefined) return;
    const { items } = opened;
    if (full >= MOST_FULL) {
      for (const { i, file } of items) {
        const message = `The disk is full; ${file.file} was not tried.`;
        context.settle(i, withoutRows('pending', 'disk-full', message), undefined);
      }
      context.journal.commit();
    } else {
      const result = await applyGroup(context, opened);
      full = result === 'disk-full' ? full + 1 : 0;
    }
    progress?.advance(items.length, opened.bytes);
    opened = undefined;
  };
  const flush = async (): Promise<void> => {
    if (group.length === 0) return;
    const next = ahead.open(group, bytes);
    group = [];
    bytes = 0;
    await write();
    opened = next;
    if (!ahead.isAhead) await write();
  };
  try {
    for (const files of passes(plan)) {
      for (const { i, file } of files) {
        const earlier = before(i);
        if (earlier !== undefined && isSettled(earlier, file, context)) {
          progress?.advance(1, file.size);
          continue;
        }
        group.push({ i, file, before: earlier });
        bytes += file.size;
        if (group.length >= GROUP_FILES[options.durability ?? 'group'] || bytes >= GROUP_BYTES) {
          await flush();
          await yieldToEventLoop(signal, 'apply');
        }
      }
      await flush();
      await write();
    }
    if (ledger.phase !== 'applied' || context.changed) context.journal.add({ t: 'end' });
    context.journal.commit();
  } finally {
    await ahead.close();
    reader.close();
    progress?.stop();
  }
}

/**
 * The old files of a plan with their ordinals. Those that stand at new paths already come first: what others add to them
 * would make them another file than the one that was planned.
 */
function passes(plan: OpenPlan): Iterable<NumberedFile>[] {
  const { header, totals, path } = plan;
  const someStand = header.from === header.to && (totals.byGeneration['N'] ?? 0) > 0;
  if (!someStand) return [plannedFiles(path)];
  return [wanted(path, isHome), wanted(path, (file) => !isHome(file))];
}

function* wanted(path: string, isWanted: (file: string) => boolean): Generator<NumberedFile> {
  for (const each of plannedFiles(path)) if (isWanted(each.file.file)) yield each;
}

/** Whether nothing is left to do for a file that has an outcome: what it says is looked at again. */
function isSettled(
  { i, outcome, seen, holds }: DoneRecord,
  { file }: PlannedFile,
  { trees, removes, replaced, asideAt }: ApplyContext,
): boolean {
  if (RESUMABLE.has(outcome.fate) || outcome.fate === 'conflict') return false;
  trees.forget();
  const stat = lstatSync(trees.oldPath(file), { throwIfNoEntry: false });
  if (outcome.targets.length === 0) {
    // Refused or vanished: tried again where another file stands there now.
    if (seen === undefined || stat === undefined) return stat === undefined || !stat.isFile();
    return stat.size === seen.size && Math.floor(stat.mtimeMs) === seen.changed;
  }
  if (!holdsAsProven(trees, outcome, holds)) return false;
  const isAside = asideAt[i] !== -1;
  // In one root, what stands at its place may be an entry by now, with the old file aside or kept as a copy.
  const isEntryPlace = trees.from.root === trees.to.root && (replaced.has(file) || (isAside && isHome(file)));
  const isRemovable = !outcome.flags.includes('in-place') && !isEntryPlace;
  return !(isRemovable && (removes || isAside)) || stat === undefined;
}
