import { lstatSync, readFileSync } from 'node:fs';
import { BINANCE, type Dataset } from '@vision-cache/cache-keys';
import { legacyRowCount } from '@vision-cache/arrow-store/legacy';
import { READABLE } from '../old-cache/assess.ts';
import { assessAgain } from '../old-cache/assess-again.ts';
import type { GroupBytes } from '../disk/group-bytes.ts';
import { type IntentRecord, backupPath } from '../steps/journal.ts';
import type { PlannedFile } from '../contract/migration-plan.ts';
import { type Comparison, type Incoming, type Standing, compareRows, pathOf, standingAt } from './new-place.ts';
import { type Outcome, withoutRows } from '../contract/outcome.ts';
import type { OpenPlan } from '../plan/plan-file.ts';
import { type SourceRows, decodeSource } from '../old-cache/read-source.ts';
import { REFUSALS } from '../contract/refusals.ts';
import type { TargetRows } from '../old-cache/split-rows.ts';
import { storeErrorOf } from '../old-cache/store-errors.ts';

/** What looking at files needs to know; nothing here changes anything. */
export interface StageContext {
  readonly plan: OpenPlan;
  /** What a killed run was writing. */
  readonly intents: ReadonlyMap<number, IntentRecord>;
  /** Where given, old files are read into it, and their rows stay there. */
  readonly readOld?: Pick<GroupBytes, 'read'>;
  oldPath(file: string): string;
  newPath(path: string): string;
}

export interface GroupItem {
  readonly i: number;
  readonly file: PlannedFile;
  /** What an earlier run found. */
  readonly before: Outcome | undefined;
}

export interface Adopted {
  readonly source: SourceRows;
  readonly target: TargetRows;
}

export interface Write {
  readonly target: TargetRows;
  readonly standing: Standing;
  /** Rows of a file without a seal that stands there, and is taken in first. */
  readonly adopted: Adopted | undefined;
}

/** A file whose rows are known, on their way to the new place. */
export interface Staged extends GroupItem {
  readonly source: SourceRows;
  readonly writes: readonly Write[];
  readonly notes: readonly string[];
}

/** The rows of an old file as it is now, or the outcome that reading it already is. */
export function readItem(
  context: StageContext,
  item: GroupItem,
): Outcome | { source: SourceRows; notes: readonly string[] } {
  const path = context.oldPath(item.file.file);
  const saved = context.intents
    .get(item.i)
    ?.to.find(({ path: to, backup }) => backup !== null && context.newPath(to) === path);
  const from = saved === undefined ? path : backupPath(context.plan, saved.backup!);
  try {
    const stats = lstatSync(from, { throwIfNoEntry: false });
    if (stats === undefined) {
      if (item.before !== undefined) return item.before; // Moved aside by an earlier run.
      return withoutRows('vanished', 'vanished', 'It was there when the plan was made, and is not now.');
    }
    let { file } = item;
    const notes: string[] = [];
    if (saved === undefined && (stats.size !== file.size || Math.floor(stats.mtimeMs) !== file.changed)) {
      file = assessAgain(context.plan.header, file, path);
      notes.push('changed-since-plan');
    }
    const { fate, reason = 'unknown', container } = file;
    // A plan that read the rows knows why they are refused by one word only: read again they are told in full, and what
    // stood in their way at the new place may be gone.
    const byRows = context.plan.header.deep && READABLE.has(container) && !Object.hasOwn(REFUSALS, reason);
    if (fate === 'refuse' && !byRows) {
      const message = REFUSALS[reason] ?? `It is refused: ${reason}.`;
      return withoutRows('refused', reason, message, refusedRows(from, file));
    }
    const source = decodeSource(context.readOld?.read(from) ?? readFileSync(from), file);
    if (!source.ok) return { ...withoutRows('refused', source.reason, source.message, source.rowsIn), flags: notes };
    if (source.targets.length === 0) {
      const message = 'Its only row is of a bar that was not finished when it was written.';
      return withoutRows('refused', 'unfinished', message, source.rowsIn);
    }
    return { source, notes };
  } catch (error) {
    return withoutRows('error', systemWord(error), `It cannot be read: ${(error as Error).message}`);
  }
}

/** Rows of a file that is refused for its name: it could be read. */
function refusedRows(path: string, { container, reason }: PlannedFile): number {
  return READABLE.has(container) && reason !== 'cut' ? (legacyRowCount(readFileSync(path)) ?? 0) : 0;
}

export const systemWord = (error: unknown): string =>
  (error as { code?: string }).code ?? storeErrorOf(error)?.code ?? 'unexpected';

export function datasetOf(target: TargetRows): Dataset {
  return BINANCE.datasetOf<Dataset>(target.key as never);
}

/**
 * The rows of a file without a seal that stands at a new path. They were written by the roadmap's own script, and are
 * united with ours; undefined where there are none to be trusted.
 */
function adoptable(
  context: StageContext,
  { file }: GroupItem,
  target: TargetRows,
  standing: Standing,
): Adopted | 'several-entries' | undefined {
  const path = pathOf(target);
  if (standing.kind !== 'unsealed') return undefined;
  if (context.newPath(path) === context.oldPath(file.file)) return undefined; // It is the old file itself.
  const { key } = target;
  const as: PlannedFile = {
    ...file, file: path, generations: ['N'], changed: 0, market: key.marketType, symbol: key.symbol,
    intervals: key.interval === undefined ? [] : [key.interval], date: key.date,
  }; // prettier-ignore
  const { sha256: _recorded, ...unrecorded } = as;
  const source = decodeSource(readFileSync(context.newPath(path)), unrecorded);
  if (!source.ok) return undefined;
  const own = source.targets.find((each) => pathOf(each) === path);
  const others = source.targets.filter((each) => each !== own);
  if (others.length === 0) return own === undefined ? undefined : { source, target: own };
  // It is an old file of other days itself: it may go once their entries hold its rows.
  if (own !== undefined || !others.every((each) => isThere(context, source, each))) return 'several-entries';
  return undefined;
}

function isThere({ plan }: StageContext, { missingColumns, lossy }: SourceRows, target: TargetRows): boolean {
  const standing = standingAt(plan.header.to, pathOf(target));
  if (standing.kind !== 'entry') return false;
  return compareRows(standing, { target, missingColumns, lossy }, datasetOf(target)).kind === 'equal';
}

/** What is there against what is to come: rows of a seal, rows without one, or nothing that can be trusted. */
function compareWith(incoming: Incoming, standing: Standing, adopted: Adopted | undefined): Comparison {
  const dataset = datasetOf(incoming.target);
  if (standing.kind === 'entry') return compareRows(standing, incoming, dataset);
  if (adopted === undefined) return { kind: 'adds' };
  const missingColumns = new Set(adopted.source.missingColumns);
  const { batch } = adopted.target;
  const as = { kind: 'entry', fingerprint: '', batch, missingColumns, sources: new Set<string>() } as const;
  const compared = compareRows(as, incoming, dataset);
  return compared.kind === 'conflict' ? compared : { kind: 'adds' };
}

/** What has to be written for a file, or the outcome where nothing has. */
export function stage(
  context: StageContext,
  item: GroupItem,
  source: SourceRows,
  notes: readonly string[],
): Outcome | Staged {
  const writes: Write[] = [];
  try {
    for (const target of source.targets) {
      const standing = standingAt(context.plan.header.to, pathOf(target));
      const incoming = { target, missingColumns: source.missingColumns, lossy: source.lossy };
      const adopted = adoptable(context, item, target, standing);
      if (adopted === 'several-entries') {
        const message = `${pathOf(target)} is itself an old file of several days: migrate it first, with its root as --from.`;
        return { ...withoutRows('error', 'unsealed-neighbour', message, source.rowsIn), flags: notes };
      }
      const compared = compareWith(incoming, standing, adopted);
      if (compared.kind === 'conflict') {
        const message = `${pathOf(target)} has other values for the same times; neither is changed.`;
        return {
          ...withoutRows('conflict', 'conflict', message, source.rowsIn),
          conflicts: compared.conflicts,
          flags: notes,
        };
      }
      if (compared.kind === 'equal') continue;
      writes.push({ target, standing, adopted });
    }
  } catch (error) {
    return withoutRows(
      'error',
      systemWord(error),
      `Its new place cannot be read: ${(error as Error).message}`,
      source.rowsIn,
    );
  }
  return { ...item, source, writes, notes };
}
