import { existsSync } from 'node:fs';
import type { Outcome } from '../contract/outcome.ts';
import { groupOf } from '../contract/outcome.ts';
import type { PlannedFile } from '../contract/migration-plan.ts';
import type { Progress } from '../contract/progress.ts';
import { throwIfAborted } from '../disk/yield-to-event-loop.ts';
import { backupPath } from '../ledger/places.ts';
import { decodeOld, findMissing, unreadableWord } from '../new-cache/held-rows.ts';
import { standingAt } from '../new-cache/new-place.ts';
import { type Migration, openMigration, stateError } from './open-migration.ts';
import { outcomesOf } from './summary.ts';

export interface VerifyOptions {
  readonly plan: string;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
}

export interface VerifyFinding {
  readonly file: string;
  readonly path?: string;
  /** Stable word. */
  readonly found: string;
}

export interface VerifyResult {
  /** Migrated files whose every row is in the new place, with the old values. */
  readonly success: number;
  readonly failed: number;
  /** Files that apply did not take, so that there is nothing to compare. */
  readonly skipped: number;
  readonly files: number;
  readonly rows: number;
  /** Of the skipped, those whose old file `finish` has deleted; a whole entry stands at each of their new paths. */
  readonly gone: number;
  readonly findings: readonly VerifyFinding[];
}

/**
 * Compares every migrated row with its old file, by content, again. Changes nothing.
 * @throws {MigratorError} `E_PLAN`, `E_JOURNAL_DAMAGED`, `E_STATE` if there is nothing to compare
 */
export function verify({ plan: path, signal, progress }: VerifyOptions): VerifyResult {
  const migration = openMigration(path);
  const { plan, trees, state } = migration;
  if (state === 'none') throw stateError(state, 'The plan has not been applied.');
  const findings: VerifyFinding[] = [];
  let [success, skipped, failed, rows, gone] = [0, 0, 0, 0, 0];
  progress?.start(plan.totals.files, plan.totals.bytes);
  for (const { file, outcome } of outcomesOf(migration)) {
    throwIfAborted(signal, 'verify');
    progress?.advance(1, file.size);
    if (groupOf(outcome.fate) === 'failed') {
      skipped += 1;
      continue;
    }
    trees.forget();
    const found = compare(migration, file, outcome);
    if (found === undefined) {
      success += 1;
      rows += outcome.rowsOut;
    } else if (found.found === 'old-file-gone' && state === 'finished') {
      gone += 1;
      skipped += 1;
    } else {
      failed += 1;
      findings.push({ file: file.file, ...found });
    }
  }
  progress?.stop();
  return { success, failed, skipped, files: plan.totals.files, rows, gone, findings };
}

/** What is not as the old file has it, or undefined if all is. */
function compare(
  { plan, trees, ledger, state }: Migration,
  file: PlannedFile,
  outcome: Outcome,
): { found: string; path?: string } | undefined {
  // Old files that stood at new paths were replaced there; their bytes are in the journal's folder until `finish`.
  const kept = plan.header.from === plan.header.to ? ledger.replaced.get(file.file) : undefined;
  const candidates = [
    ...(kept === undefined ? [] : [backupPath(plan, kept)]),
    ...(trees.from.above(file.file) === 'link' ? [] : [trees.oldPath(file.file)]),
    trees.aside(file.file),
  ];
  const from = candidates.find((each) => existsSync(each));
  if (from === undefined) {
    const lost = state === 'finished' ? outcome.targets.find(({ path }) => !isEntry(trees, path)) : undefined;
    return lost === undefined ? { found: 'old-file-gone' } : { found: 'nothing', path: lost.path };
  }
  try {
    const source = decodeOld(plan.header, file, outcome, from);
    if (!source.ok) return { found: `old-file-${source.reason}` };
    if (source.rowsIn !== outcome.rowsIn) return { found: 'old-file-changed' };
    return findMissing(trees, source);
  } catch (error) {
    return { found: `old-file-${unreadableWord(error)}` };
  }
}

const isEntry = (trees: Migration['trees'], path: string): boolean => standingAt(trees.to, path).kind === 'entry';
