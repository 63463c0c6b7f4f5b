import { isFile, isLeft, type PlannedFile } from '../contract/migration-plan.ts';
import { ALL_FATES, type Fate, type Group, type Outcome, groupOf, withoutRows } from '../contract/outcome.ts';
import { RecordReader } from '../steps/read-journal.ts';
import { countAside } from '../ledger/replay.ts';
import { type OpenPlan, planLines, plannedFiles } from '../plan/open-plan.ts';
import { type Migration, type MigrationState, readMigration } from './open-migration.ts';

/** The roadmap's three numbers first; they sum to `files`. */
export interface MigrationSummary {
  readonly success: number;
  readonly failed: number;
  readonly skipped: number;
  /** Old files seen. */
  readonly files: number;
  readonly state: MigrationState;
  readonly from: string;
  readonly to: string;
  /** The market of files whose path names none, and whether it was given or assumed. */
  readonly market: string;
  readonly marketAssumed: boolean;
  /** Old files whose path names no market. */
  readonly marketUnnamed: number;
  readonly byFate: Readonly<Partial<Record<Fate, number>>>;
  readonly byReason: Readonly<Record<string, number>>;
  /** The reasons of each fate, with how many files each explains. */
  readonly reasons: Readonly<Partial<Record<Fate, Readonly<Record<string, number>>>>>;
  readonly rows: { readonly in: number; readonly out: number; readonly duplicates: number; readonly refused: number };
  /** Old files that were moved aside. */
  readonly removed: number;
  /** Old files that could not be, though their rows are in the new place; running apply again tries again. */
  readonly notRemoved: number;
  /** What is no old cache file, and was left where it is. */
  readonly left: number;
  readonly indexes: number;
  readonly plan: string;
}

export interface FileOutcome {
  readonly i: number;
  readonly file: PlannedFile;
  readonly outcome: Outcome;
}

/** What became of each file of a plan, in its order; memory does not grow with their number but for eight bytes each. */
export function outcomes(plan: OpenPlan): Generator<FileOutcome> {
  return outcomesOf(readMigration(plan));
}

export function* outcomesOf({ plan, ledger }: Migration): Generator<FileOutcome> {
  const reader = new RecordReader(plan);
  try {
    for (const { i, file } of plannedFiles(plan.path)) {
      const at = ledger.outcomeAt[i] ?? -1;
      const outcome =
        at === -1 ? withoutRows('pending', 'not-yet', 'It was not tried yet.') : reader.read(at, 'done').outcome;
      yield { i, file, outcome };
    }
  } finally {
    reader.close();
  }
}

/** Counts what became of every file. */
export function summarise(plan: OpenPlan): MigrationSummary {
  const migration = readMigration(plan);
  return countOutcomes(migration, outcomesOf(migration));
}

const NAMES_NO_MARKET: ReadonlySet<string> = new Set(['S', 'G0', 'G1', 'G2', 'G3', 'G4', 'layout']);

/** How many old files have a path that names no market. Of a layout of the user's own it is not known. */
export const countUnnamed = ({ totals }: Pick<OpenPlan, 'totals'>): number =>
  Object.entries(totals.byGeneration).reduce(
    (sum, [name, count]) => sum + (name.split('/').some((each) => NAMES_NO_MARKET.has(each)) ? count : 0),
    0,
  );

export function countOutcomes(
  { plan, ledger, state }: Migration,
  all: Iterable<{ readonly outcome: Outcome }>,
): MigrationSummary {
  const groups: Record<Group, number> = { success: 0, failed: 0, skipped: 0 };
  const byFate: Partial<Record<Fate, number>> = {};
  const byReason: Record<string, number> = {};
  const reasons: Partial<Record<Fate, Record<string, number>>> = {};
  const rows = { in: 0, out: 0, duplicates: 0, refused: 0 };
  for (const { outcome } of all) {
    groups[groupOf(outcome.fate)] += 1;
    byFate[outcome.fate] = (byFate[outcome.fate] ?? 0) + 1;
    if (outcome.reason !== undefined) {
      byReason[outcome.reason] = (byReason[outcome.reason] ?? 0) + 1;
      const ofFate = (reasons[outcome.fate] ??= {});
      ofFate[outcome.reason] = (ofFate[outcome.reason] ?? 0) + 1;
    }
    rows.in += outcome.rowsIn;
    rows.out += outcome.rowsOut;
    rows.duplicates += outcome.duplicates;
    rows.refused += outcome.refused;
  }
  const { header, totals } = plan;
  const inOrder = Object.fromEntries(
    ALL_FATES.filter((fate) => byFate[fate] !== undefined).map((fate) => [fate, byFate[fate]]),
  );
  return {
    success: groups.success,
    failed: groups.failed,
    skipped: groups.skipped,
    files: totals.files,
    state,
    from: header.from,
    to: header.to,
    market: header.market,
    marketAssumed: !header.marketGiven,
    marketUnnamed: countUnnamed(plan),
    byFate: inOrder,
    byReason,
    reasons,
    rows,
    removed: countAside(ledger),
    notRemoved: ledger.kept.size,
    left: totals.left,
    indexes: totals.indexes,
    plan: plan.path,
  };
}

/** The files that nothing was done with, for reports. */
export function* leftAlone(plan: OpenPlan): Generator<{ readonly path: string; readonly why: string }> {
  for (const line of planLines(plan.path)) if (isLeft(line)) yield { path: line.left, why: line.why };
}

/** What a report is made of. */
export interface Report {
  readonly summary: MigrationSummary;
  readonly plan: OpenPlan;
  readonly files: () => Iterable<{ readonly file: PlannedFile; readonly outcome: Outcome }>;
}

/** What became of the files. */
export function reportOf(
  plan: OpenPlan,
  summary: MigrationSummary,
  files: Report['files'] = () => outcomes(plan),
): Report {
  return { summary, plan, files };
}

/** What is planned for the files, in the words of what is to become of them. */
export function reportOfPlan(plan: OpenPlan): Report {
  const files = () => plannedOutcomes(plan);
  return { summary: countOutcomes(readMigration(plan), files()), plan, files };
}

function* plannedOutcomes(plan: OpenPlan): Generator<{ readonly file: PlannedFile; readonly outcome: Outcome }> {
  for (const line of planLines(plan.path)) {
    if (!isFile(line)) continue;
    const refused: Fate = line.reason === 'conflict' ? 'conflict' : 'refused';
    const fate: Fate = line.fate === 'migrate' ? 'migrated' : line.fate === 'skip' ? 'already-there' : refused;
    const rows = line.rows ?? 0;
    const taken = line.fate === 'refuse' ? 0 : rows;
    const outcome: Outcome = {
      ...withoutRows(fate, line.reason ?? '', `planned, ${line.sure}`, rows),
      flags: ['planned', line.sure],
      rowsOut: taken,
      refused: rows - taken,
      targets: (line.targets ?? []).map((path) => ({ path, rows: 0 })),
    };
    if (line.reason !== undefined) yield { file: line, outcome };
    else {
      const { reason: _none, ...told } = outcome;
      yield { file: line, outcome: told };
    }
  }
}
