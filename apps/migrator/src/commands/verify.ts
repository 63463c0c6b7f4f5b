import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BINANCE, type Dataset } from '@vision-cache/cache-keys';
import { assessAgain } from '../old-cache/assess-again.ts';
import { backupPath, journalPath, readJournal, readJournalState, removedFolder } from '../steps/journal.ts';
import { MigratorError } from '../contract/migrator-error.ts';
import type { PlannedFile } from '../contract/migration-plan.ts';
import { compareRows, pathOf, standingAt } from '../new-cache/new-place.ts';
import { type Outcome, groupOf } from '../contract/outcome.ts';
import { type OpenPlan, openPlan } from '../plan/plan-file.ts';
import type { Progress } from '../contract/progress.ts';
import { decodeSource } from '../old-cache/read-source.ts';
import { outcomes } from './summary.ts';

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
  /** Of the skipped, those whose old file `finish` has deleted. */
  readonly gone: number;
  readonly findings: readonly VerifyFinding[];
}

/**
 * Compares every migrated row with its old file, by content, anew. Changes nothing.
 * @throws {MigratorError} `E_PLAN`, `E_STATE` where there is nothing to compare
 */
export function verify({ plan: path, signal, progress }: VerifyOptions): VerifyResult {
  const plan = openPlan(path);
  const state = readJournalState(plan);
  if (state === 'none') throw new MigratorError('E_STATE', 'The plan has not been applied.', { state });
  const backups = inPlaceBackups(plan);
  const findings: VerifyFinding[] = [];
  let [success, skipped, failed, rows, gone] = [0, 0, 0, 0, 0];
  progress?.start(plan.totals.files, plan.totals.bytes);
  for (const { file, outcome } of outcomes(plan)) {
    if (signal?.aborted === true) throw new MigratorError('E_ABORTED', 'Stopped.', {});
    progress?.advance(1, file.size);
    if (groupOf(outcome.fate) === 'failed') {
      skipped += 1;
      continue;
    }
    const found = compare(plan, file, outcome, backups);
    if (found?.found === 'old-file-gone' && state === 'finished') {
      gone += 1;
      skipped += 1;
      continue;
    }
    if (found === undefined) {
      success += 1;
      rows += outcome.rowsOut;
    } else {
      failed += 1;
      findings.push({ file: file.file, ...found });
    }
  }
  progress?.stop();
  return { success, failed, skipped, files: plan.totals.files, rows, gone, findings };
}

/** Old files that stood at new paths were replaced there; their bytes are in the journal's folder until `finish`. */
function inPlaceBackups(plan: OpenPlan): Map<string, number> {
  const backups = new Map<string, number>();
  if (plan.header.from !== plan.header.to) return backups;
  for (const { record } of readJournal(journalPath(plan))) {
    if (record.t !== 'done') continue;
    for (const { path, backup, before } of record.outcome.wrote) {
      if (backup !== null && before?.startsWith('bytes:') === true && !backups.has(path)) backups.set(path, backup);
    }
  }
  return backups;
}

function compare(
  plan: OpenPlan,
  file: PlannedFile,
  outcome: Outcome,
  backups: ReadonlyMap<string, number>,
): { found: string; path?: string } | undefined {
  const kept = backups.get(file.file);
  const candidates = [
    ...(kept === undefined ? [] : [backupPath(plan, kept)]),
    join(plan.header.from, file.file),
    join(removedFolder(plan), file.file),
  ];
  const from = candidates.find((each) => existsSync(each));
  if (from === undefined) return { found: 'old-file-gone' };
  const isChanged = outcome.flags.includes('changed-since-plan');
  const source = decodeSource(readFileSync(from), isChanged ? assessAgain(plan.header, file, from) : file);
  if (!source.ok) return { found: `old-file-${source.reason}` };
  if (source.rowsIn !== outcome.rowsIn) return { found: 'old-file-changed' };
  for (const target of source.targets) {
    const path = pathOf(target);
    const standing = standingAt(plan.header.to, path);
    if (standing.kind !== 'entry') return { found: standing.kind, path };
    const dataset: Dataset = BINANCE.datasetOf<Dataset>(target.key as never);
    const compared = compareRows(
      standing,
      { target, missingColumns: source.missingColumns, lossy: source.lossy },
      dataset,
    );
    if (compared.kind !== 'equal') return { found: compared.kind === 'adds' ? 'rows-missing' : 'other-values', path };
  }
  return undefined;
}
