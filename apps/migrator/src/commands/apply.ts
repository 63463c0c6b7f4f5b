import { closeSync, existsSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { applyGroup } from '../steps/apply-group.ts';
import { type ApplyContext, GROUP_BYTES, openContext } from '../steps/apply-context.ts';
import { isHome } from '../old-cache/assess.ts';
import {
  Journal,
  type JournalRecord,
  journalFolder,
  journalPath,
  readJournal,
  readJournalState,
  recordAt,
  rollbackMark,
} from '../steps/journal.ts';
import { breathe } from '../disk/yield-to-event-loop.ts';
import { LOCK, type MigrationLock, lockRoot } from '../disk/migration-lock.ts';
import { type PlannedFile, isFile } from '../contract/migration-plan.ts';
import { MigratorError } from '../contract/migrator-error.ts';
import { type Outcome, RESUMABLE, withoutRows } from '../contract/outcome.ts';
import { type OpenPlan, openPlan, planLines } from '../plan/plan-file.ts';
import type { Progress } from '../contract/progress.ts';
import { HIDDEN } from '../disk/scan-tree.ts';
import { type MigrationSummary, summarise } from './summary.ts';
import { syncPath } from '../disk/sync-path.ts';

export interface ApplyOptions {
  readonly plan: string;
  /** Move each old file aside once its rows are proven to be in the new place. @default 'keep' */
  readonly oldFiles?: 'keep' | 'remove' | undefined;
  /** `none` waits for no disk: for trying out. @default 'group' */
  readonly durability?: 'group' | 'none' | undefined;
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
 * Stopped at any point it goes on where it was when it is called again.
 * @throws {MigratorError} `E_PLAN`, `E_STATE`, `E_LOCKED`, `E_STOPPED`, `E_ABORTED`
 */
export async function apply(options: ApplyOptions): Promise<MigrationSummary> {
  const plan = openPlan(options.plan);
  if (!existsSync(plan.header.from))
    throw new MigratorError('E_STATE', `${plan.header.from} is gone.`, { state: 'gone' });
  // A run that was killed before its first record leaves a journal without one, and has begun nothing.
  const begun = readJournalState(plan) !== 'none';
  const fresh = begun ? [] : freshPaths(plan);
  const locks: MigrationLock[] = [];
  try {
    for (const root of new Set([plan.header.to, ...(options.oldFiles === 'remove' ? [plan.header.from] : [])])) {
      locks.push(takeLock(root));
    }
    if (existsSync(rollbackMark(plan))) {
      const message = 'A rollback was begun and has not gone through; run it again, and then apply.';
      throw new MigratorError('E_STATE', message, { state: 'rolling-back' });
    }
    const past = readPast(plan);
    if (past.finished) return summarise(plan);
    const durable = options.durability !== 'none';
    const journal = new Journal(plan, durable);
    try {
      if (!begun) {
        if (durable) for (const path of [plan.path, dirname(plan.path)]) syncPath(path);
        journal.add({ t: 'begin', plan: plan.path, fresh });
      }
      const context = openContext(plan, journal, options, past.intents, past.nextBackup);
      // What a killed run was writing and did not make visible.
      if (begun) await context.store.sweep();
      await run(plan, past, context, options);
      return summarise(plan);
    } catch (cause) {
      throw stopped(cause, plan.header.to);
    } finally {
      journal.close();
    }
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** What stops the whole run: the journal itself cannot be written. */
function stopped(cause: unknown, path: string): unknown {
  const systemCode = (cause as { code?: unknown }).code;
  if (cause instanceof MigratorError || typeof systemCode !== 'string' || !/^E[A-Z]+$|^Unknown system/.test(systemCode))
    return cause;
  const message = `The run cannot go on (${systemCode}); make room or rights below ${path}, and run it again.`;
  return new MigratorError('E_STOPPED', message, { path, systemCode }, { cause });
}

function takeLock(root: string): MigrationLock {
  try {
    return lockRoot(root);
  } catch (cause) {
    if (cause instanceof MigratorError) throw cause;
    const systemCode = (cause as { code?: string }).code;
    const message = `Nothing can be written below ${root} (${systemCode ?? String(cause)}); nothing was changed.`;
    throw new MigratorError('E_STOPPED', message, { path: root, systemCode }, { cause });
  }
}

/** Folders above a root that are made with it, the nearest first, as names below it. */
function missingAbove(root: string): string[] {
  const names: string[] = [];
  if (existsSync(root)) return names;
  for (let name = '..'; !existsSync(join(root, name)); name = join(name, '..')) names.push(name);
  return names;
}

/** What of the machinery is not there before the first change; what a run left that was killed before that is none. */
function freshPaths(plan: OpenPlan): (readonly ['from' | 'to', string])[] {
  return (['to', 'from'] as const).flatMap((side) => {
    const root = plan.header[side];
    const hidden = listing(join(root, HIDDEN)).filter((name) => name !== 'journal');
    const journal = listing(join(root, HIDDEN, 'journal')).filter(
      (name) => !name.startsWith(LOCK) && join(root, HIDDEN, 'journal', name) !== journalFolder(plan),
    );
    const isHiddenFresh = hidden.length + journal.length === 0;
    return [
      ...(isHiddenFresh && listing(root).every((name) => name === HIDDEN) ? [[side, ''] as const] : []),
      ...(isHiddenFresh ? [[side, HIDDEN] as const] : []),
      ...missingAbove(root).map((name) => [side, name] as const),
      ...(existsSync(join(root, 'CACHEDIR.TAG')) ? [] : [[side, 'CACHEDIR.TAG'] as const]),
    ];
  });
}

const listing = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);

/** What earlier runs did. Holds a byte a file, not a record. */
interface Past {
  /** Place of each file's last outcome in the journal, or -1. */
  readonly outcomes: Float64Array;
  /** Files whose record of removal is there. */
  readonly removing: Uint8Array;
  /** Intents without an outcome: what a killed run was writing. */
  readonly intents: Map<number, JournalRecord & { t: 'intent' }>;
  readonly nextBackup: number;
  readonly ended: boolean;
  readonly finished: boolean;
}

function readPast(plan: OpenPlan): Past {
  const outcomes = new Float64Array(plan.totals.files).fill(-1);
  const removing = new Uint8Array(plan.totals.files);
  const intents = new Map<number, JournalRecord & { t: 'intent' }>();
  let nextBackup = 0;
  let ended = false;
  let finished = false;
  for (const { record, at } of readJournal(journalPath(plan))) {
    if (record.t === 'done') {
      outcomes[record.i] = at;
      intents.delete(record.i);
    } else if (record.t === 'intent') {
      intents.set(record.i, record);
      for (const { backup } of record.to) if (backup !== null) nextBackup = Math.max(nextBackup, backup + 1);
    } else if (record.t === 'remove') removing[record.i] = 1;
    ended = record.t === 'end';
    if (record.t === 'finish') finished = true;
  }
  return { outcomes, removing, intents, nextBackup, ended, finished };
}

async function run(plan: OpenPlan, past: Past, context: ApplyContext, options: ApplyOptions): Promise<void> {
  const { signal, progress } = options;
  progress?.start(plan.totals.files, plan.totals.bytes);
  const reader = existsSync(journalPath(plan)) ? openSync(journalPath(plan), 'r') : undefined;
  const before = (i: number): Outcome | undefined => {
    const at = past.outcomes[i]!;
    return at === -1 || reader === undefined
      ? undefined
      : (recordAt(reader, at) as JournalRecord & { t: 'done' }).outcome;
  };
  let group: { i: number; file: PlannedFile; before: Outcome | undefined }[] = [];
  let bytes = 0;
  let full = 0;
  const flush = async (): Promise<void> => {
    if (group.length === 0) return;
    if (full >= MOST_FULL) {
      for (const { i, file } of group)
        context.settle(
          i,
          withoutRows('pending', 'disk-full', `The disk is full; ${file.file} was not tried.`),
          undefined,
        );
      context.journal.commit();
    } else {
      const result = await applyGroup(context, group);
      full = result === 'disk-full' ? full + 1 : 0;
    }
    progress?.advance(group.length, bytes);
    group = [];
    bytes = 0;
  };
  try {
    for (const files of passes(plan)) {
      for (const { i, file } of files) {
        const earlier = before(i);
        if (earlier !== undefined && isSettled(earlier, file, options, past, i, plan)) {
          progress?.advance(1, file.size);
          continue;
        }
        group.push({ i, file, before: earlier });
        bytes += file.size;
        if (group.length >= GROUP_FILES[options.durability ?? 'group'] || bytes >= GROUP_BYTES) {
          await flush();
          await breathe(signal, 'apply');
        }
      }
      await flush();
    }
    if (!past.ended || context.changed) context.journal.add({ t: 'end' });
    context.journal.commit();
  } finally {
    if (reader !== undefined) closeSync(reader);
    progress?.stop();
  }
}

interface Ordinal {
  readonly i: number;
  readonly file: PlannedFile;
}

/**
 * The old files of a plan with their ordinals. Those that stand at new paths already come first: what others add to them
 * would make them another file than the one that was planned.
 */
function passes(plan: OpenPlan): Iterable<Ordinal>[] {
  const { header, totals } = plan;
  const someStand = header.from === header.to && (totals.byGeneration['N'] ?? 0) > 0;
  if (!someStand) return [ordinals(plan, () => true)];
  return [ordinals(plan, ({ file }) => isHome(file)), ordinals(plan, ({ file }) => !isHome(file))];
}

function* ordinals(plan: OpenPlan, wanted: (file: PlannedFile) => boolean): Generator<Ordinal> {
  let i = -1;
  for (const line of planLines(plan.path)) {
    if (!isFile(line)) continue;
    i += 1;
    if (wanted(line)) yield { i, file: line };
  }
}

/** Whether nothing is left to do for a file that has an outcome. */
function isSettled(
  outcome: Outcome,
  file: PlannedFile,
  options: ApplyOptions,
  past: Past,
  i: number,
  plan: OpenPlan,
): boolean {
  if (RESUMABLE.has(outcome.fate)) return false;
  const removable = outcome.targets.length > 0 && outcome.fate !== 'conflict' && !outcome.flags.includes('in-place');
  const wanted = removable && (options.oldFiles === 'remove' || past.removing[i] === 1);
  return !wanted || lstatSync(join(plan.header.from, file.file), { throwIfNoEntry: false }) === undefined;
}
