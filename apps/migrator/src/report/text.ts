import type { PlanResult } from '../commands/plan.ts';
import type { RollbackResult } from '../commands/rollback.ts';
import type { VerifyResult } from '../commands/verify.ts';
import { surveyJournal } from '../steps/journal.ts';
import { type Fate, groupOf } from '../contract/outcome.ts';
import type { OpenPlan } from '../plan/plan-file.ts';
import { shown } from '../contract/escape-terminal.ts';
import { type MigrationSummary, type Report, leftAlone, outcomes } from '../commands/summary.ts';
import type { PlanExtras } from './plan-extras.ts';

/** At most so many files are named on a terminal; a report in a file names all. */
export const MOST_NAMED = 50;

/** The roadmap's three numbers, which open every report. */
export function numbers({
  success,
  failed,
  skipped,
  files,
}: {
  success: number;
  failed: number;
  skipped: number;
  files: number;
}): string[] {
  return [`success: ${success}`, `failed: ${failed}`, `skipped: ${skipped}`, `old files seen: ${files}`];
}

export function summaryText(summary: MigrationSummary): string[] {
  const { rows, byFate, byReason } = summary;
  const lines = [...numbers(summary), ''];
  lines.push(`state: ${summary.state}`, `from: ${shown(summary.from)}`, `to: ${shown(summary.to)}`);
  lines.push(
    `market of files that name none: ${summary.market}${summary.marketAssumed ? ' (assumed; --market says otherwise)' : ''}`,
  );
  if (Object.keys(byFate).length > 0) lines.push('');
  for (const [fate, count] of Object.entries(byFate))
    lines.push(`  ${groupOf(fate as keyof typeof byFate)}: ${fate}: ${count}`);
  for (const [reason, count] of Object.entries(byReason)) lines.push(`    ${shown(reason)}: ${count}`);
  lines.push('', `rows: ${rows.in} in = ${rows.out} out + ${rows.duplicates} duplicates + ${rows.refused} refused`);
  lines.push(
    `old files moved aside: ${summary.removed}`,
    ...(summary.notRemoved > 0 ? [`old files that could not be moved aside: ${summary.notRemoved}`] : []),
    `left alone, not cache files: ${summary.left}; old indexes: ${summary.indexes}`,
  );
  return lines;
}

/** Fates with which no file needs a look. */
const PLAIN: ReadonlySet<string> = new Set<Fate>([
  'migrated', 'split', 'relabelled', 'partial', 'degraded', 'lossy', 'sealed-moved', 'pending',
]); // prettier-ignore

/** Whether some file may need a look. */
export const hasFindings = ({ byFate, notRemoved }: MigrationSummary): boolean =>
  notRemoved > 0 || Object.keys(byFate).some((fate) => !PLAIN.has(fate));

/** The files that need a look, each with its reason; all of them with `most` infinite. */
export function* findingLines(plan: OpenPlan, most: number): Generator<string> {
  let named = 0;
  let more = 0;
  const survey = surveyJournal(plan);
  for (const { file, why } of survey.kept.values()) {
    if (named === most) more += 1;
    else {
      if (named++ === 0) yield '';
      yield `not moved aside: ${shown(file)}: ${shown(why)}`;
    }
  }
  for (const { file, outcome } of outcomes(plan, survey)) {
    if (groupOf(outcome.fate) !== 'failed' && outcome.conflicts === undefined) continue;
    if (outcome.fate === 'pending') continue;
    if (named === most) {
      more += 1;
      continue;
    }
    if (named++ === 0) yield '';
    yield `${outcome.fate}: ${shown(file.file)}: ${shown(outcome.message ?? outcome.reason ?? '')}`.trimEnd();
    for (const { time, column, kept, dropped } of (outcome.conflicts ?? []).slice(0, 5)) {
      yield `    ${time} ${column}: ${kept} kept, ${dropped} not`;
    }
  }
  if (more > 0) yield `... and ${more} more; --report FILE names all.`;
}

/** Every file with its fate and its account of rows, and everything that was left alone. */
export function* fileLines({ plan, files }: Report): Generator<string> {
  yield '';
  for (const { file, outcome: o } of files()) {
    const flags = o.flags.length === 0 ? '' : ` (${o.flags.join(', ')})`;
    const reason = o.reason === undefined ? '' : ` ${shown(o.reason)}`;
    const rows = `${o.rowsIn} = ${o.rowsOut} + ${o.duplicates} + ${o.refused}`;
    yield `${groupOf(o.fate)}: ${o.fate}${flags}${reason}: ${shown(file.file)}: rows ${rows}${o.targets.length > 0 ? ` -> ${o.targets.map(({ path }) => path).join(', ')}` : ''}`;
  }
  for (const { path, why } of leftAlone(plan)) yield `left alone: ${shown(path)}: ${shown(why)}`;
}

export function planText({ header, totals }: PlanResult, extras: PlanExtras): string[] {
  const lines = [
    ...numbers({ success: totals.migrate, failed: totals.refuse, skipped: totals.skip, files: totals.files }),
  ];
  lines.push('(as planned; nothing has been changed)', '');
  lines.push(`from: ${shown(header.from)}`, `to: ${shown(header.to)}`);
  lines.push(
    `market of files that name none: ${header.market}${header.marketGiven ? '' : ' (assumed; --market says otherwise)'}`,
  );
  if (!header.deep) lines.push('Only heads and feet were read: what the rows say may change a fate. --deep reads all.');
  for (const [generation, count] of Object.entries(totals.byGeneration))
    lines.push(`  generation ${generation}: ${count}`);
  for (const [reason, count] of Object.entries(totals.byReason)) lines.push(`  refused, ${shown(reason)}: ${count}`);
  lines.push(
    `left alone, not cache files: ${totals.left}; old indexes: ${totals.indexes}; already in the new form: ${totals.sealed}`,
  );
  lines.push(...extras.lines);
  return lines;
}

export function verifyText(result: VerifyResult): string[] {
  const lines = [...numbers(result), '', `rows compared and equal: ${result.rows}`];
  if (result.gone > 0) lines.push(`not compared, for finish has deleted the old file: ${result.gone}`);
  for (const { file, path, found } of result.findings)
    lines.push(`${found}: ${shown(file)}${path === undefined ? '' : ` in ${path}`}`);
  return lines;
}

export function rollbackText(result: RollbackResult): string[] {
  const { restored, takenBack, findings, state } = result;
  if (state === 'nothing-to-do')
    return [...numbers(result), '', 'Nothing was applied, so there is nothing to take back.'];
  const lines = [
    ...numbers(result),
    '',
    `old files moved back: ${restored}`,
    `entries taken back: ${takenBack}`,
    `kept or beside: ${findings.length}`,
  ];
  for (const { path, found, restoredTo } of findings) {
    const why = found === 'kept' ? 'it has changed since and stays' : 'something stands where it was';
    lines.push(
      `${found}: ${shown(path)}: ${why}${restoredTo === undefined ? '' : `; the old one is ${shown(restoredTo)}`}`,
    );
  }
  return lines;
}
