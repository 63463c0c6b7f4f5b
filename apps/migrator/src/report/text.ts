import type { FromFoldersResult } from '../commands/rollback-from-folders.ts';
import type { FinishResult } from '../commands/finish.ts';
import type { PlanResult } from '../commands/plan.ts';
import type { RollbackFinding, RollbackResult } from '../commands/rollback.ts';
import { type MigrationSummary, type Report, countUnnamed, leftAlone } from '../commands/summary.ts';
import type { VerifyResult } from '../commands/verify.ts';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { type Fate, type Outcome, groupOf } from '../contract/outcome.ts';
import { REFUSALS } from '../contract/refusals.ts';
import type { PlanExtras } from './plan-extras.ts';

type Numbers = Pick<MigrationSummary, 'success' | 'failed' | 'skipped' | 'files'>;

/** The roadmap's three numbers, which open every report. */
export function numbers({ success, failed, skipped, files }: Numbers): string[] {
  return [`success: ${success}`, `failed: ${failed}`, `skipped: ${skipped}`, `old files: ${files}`];
}

/** The market that was taken for files whose path names none, where there are such. */
function marketLine(count: number, market: string, isAssumed: boolean): string[] {
  if (count === 0) return [];
  return [`market of files that name none: ${market}${isAssumed ? ' (assumed; change it with --market)' : ''}`];
}

export function summaryText(summary: MigrationSummary): string[] {
  const { rows, byFate, reasons } = summary;
  const lines = [...numbers(summary), ''];
  lines.push(`state: ${summary.state}`, `from: ${escapeTerminal(summary.from)}`, `to: ${escapeTerminal(summary.to)}`);
  lines.push(...marketLine(summary.marketUnnamed, summary.market, summary.marketAssumed));
  if (Object.keys(byFate).length > 0) lines.push('');
  for (const [fate, count] of Object.entries(byFate)) {
    lines.push(`  ${groupOf(fate as Fate)}: ${fate}: ${count}`);
    for (const [reason, files] of Object.entries(reasons[fate as Fate] ?? {}))
      if (reason !== fate && reason !== 'not-yet') lines.push(`    ${escapeTerminal(reason)}: ${files}`);
  }
  lines.push('', `rows: ${rows.in} in = ${rows.out} out + ${rows.duplicates} duplicates + ${rows.refused} refused`);
  lines.push(
    `old files moved aside: ${summary.removed}`,
    ...(summary.notRemoved > 0 ? [`old files that could not be moved aside: ${summary.notRemoved}`] : []),
    `left alone, not cache files: ${summary.left}; old indexes: ${summary.indexes}`,
  );
  return lines;
}

/** Every file with its fate and its account of rows, and everything that was left alone. */
export function* fileLines({ plan, files }: Report): Generator<string> {
  yield '';
  for (const { file, outcome } of files()) yield fileLine(file.file, outcome);
  for (const { path, why } of leftAlone(plan)) yield `left alone: ${escapeTerminal(path)}: ${escapeTerminal(why)}`;
}

/** One file: its number and fate, what is true of it besides, its rows, where they are, and why, each said once. */
function fileLine(path: string, { fate, flags, reason, message, targets, ...o }: Outcome): string {
  const words = [...new Set([...flags, ...(reason === undefined ? [] : [reason])])].filter((word) => word !== fate);
  const besides = words.length === 0 ? '' : ` (${words.map(escapeTerminal).join(', ')})`;
  const to = targets.length === 0 ? '' : ` -> ${targets.map((target) => escapeTerminal(target.path)).join(', ')}`;
  const why = message === undefined ? '' : `: ${escapeTerminal(message)}`;
  const rows = `rows ${o.rowsIn} = ${o.rowsOut} + ${o.duplicates} + ${o.refused}`;
  return `${groupOf(fate)}: ${fate}${besides}: ${escapeTerminal(path)}: ${rows}${to}${why}`;
}

export function planText({ header, totals }: PlanResult, extras: PlanExtras): string[] {
  const lines = [
    ...numbers({ success: totals.migrate, failed: totals.refuse, skipped: totals.skip, files: totals.files }),
  ];
  lines.push('(as planned; nothing has been changed)', '');
  lines.push(`from: ${escapeTerminal(header.from)}`, `to: ${escapeTerminal(header.to)}`);
  lines.push(...marketLine(countUnnamed({ totals }), header.market, !header.marketGiven));
  if (!header.deep && totals.migrate > 0)
    lines.push(
      `The rows of ${totals.migrate} files were not read, only headers and footers: apply may refuse some of them, or give them`,
      'another result, because of their rows. --deep reads them now.',
    );
  for (const [generation, count] of Object.entries(totals.byGeneration))
    lines.push(`  generation ${generation}: ${count}`);
  for (const [reason, count] of Object.entries(totals.byReason)) {
    const why = REFUSALS[reason];
    lines.push(`  refused, ${escapeTerminal(reason)}: ${count}${why === undefined ? '' : `. ${why}`}`);
  }
  lines.push(
    `left alone, not cache files: ${totals.left}; old indexes: ${totals.indexes}; already in the new form: ${totals.sealed}`,
  );
  lines.push(...hintLines(totals));
  lines.push(...extras.lines);
  return lines;
}

/** What to do where the root is probably not the one that was meant. */
function hintLines({ files, sealed, caches = {} }: PlanResult['totals']): string[] {
  const found = Object.entries(caches);
  const lines: string[] = [];
  if (files === 0 && sealed === 0) lines.push('WARNING: there is no cache file of any known layout below --from.');
  if (found.length > 0) {
    lines.push(
      'WARNING: some of the files left alone look like old cache files of a folder below; plan with that folder as --from:',
    );
    for (const [folder, count] of found.slice(0, 20)) lines.push(`  ${escapeTerminal(folder)}: ${count}`);
    if (found.length > 20) lines.push(`  ... and ${found.length - 20} more folders`);
  }
  return lines;
}

export function verifyText(result: VerifyResult): string[] {
  const lines = [...numbers(result), '', `rows compared and equal: ${result.rows}`];
  if (result.gone > 0) lines.push(`not compared, because finish has deleted the old file: ${result.gone}`);
  for (const { file, path, found } of result.findings)
    lines.push(
      `${escapeTerminal(found)}: ${escapeTerminal(file)}${path === undefined ? '' : ` in ${escapeTerminal(path)}`}`,
    );
  return lines;
}

const WHY: Readonly<Record<RollbackFinding['found'], string>> = {
  kept: 'it has changed since, and was left',
  gone: 'it is gone, and apply did not remove it',
  'last-copy': 'its rows are nowhere else, so it was left',
  occupied: 'something else is where it was',
  vanished: 'it is neither where it was nor where apply put it',
  left: 'it is not a file of this migration, and was left',
};

export function rollbackText(result: RollbackResult): string[] {
  const { restored, takenBack, findings, state } = result;
  if (state === 'nothing-to-do')
    return [...numbers(result), '', 'Nothing was applied, so there is nothing to roll back.'];
  const lines = [
    ...numbers(result),
    '',
    `old files moved back: ${restored}`,
    `entries removed or restored: ${takenBack}`,
    `kept or put beside: ${findings.length}`,
  ];
  for (const { path, found, restoredTo } of findings) {
    const where = restoredTo === undefined ? '' : `; the old one is ${escapeTerminal(restoredTo)}`;
    lines.push(`${found}: ${escapeTerminal(path)}: ${WHY[found]}${where}`);
  }
  return lines;
}

export function fromFoldersText({ from, restored, left }: FromFoldersResult): string[] {
  return [
    `old files moved back: ${restored}`,
    `left where they are: ${left.length}`,
    `below: ${escapeTerminal(from)}`,
    'Nothing was deleted; entries of the new tree stay where they are.',
    ...left.map(
      ({ path, found, at }) => `${escapeTerminal(found)}: ${escapeTerminal(path)}: it is ${escapeTerminal(at)}`,
    ),
  ];
}

export function finishText({ leftAside }: Pick<FinishResult, 'leftAside'>): string[] {
  if (leftAside.length === 0) return [];
  return [
    '',
    `left, because its rows could not be verified elsewhere, or it is not a file of this migration: ${leftAside.length}`,
    ...leftAside.map(
      ({ path, found, at }) => `${escapeTerminal(found)}: ${escapeTerminal(path)}: it is ${escapeTerminal(at)}`,
    ),
  ];
}
