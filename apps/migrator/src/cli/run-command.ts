import type { Command, Terminal } from './cli.ts';
// What `status` needs comes at once; what reads and writes comes when it is asked for.
import { EXIT, type ExitCode } from '../contract/exit-codes.ts';
import { type OpenPlan, openPlan } from '../plan/plan-file.ts';
import type { later as Later } from './later.ts';
import type { Progress } from '../contract/progress.ts';
import {
  MOST_NAMED,
  findingLines,
  hasFindings,
  numbers,
  rollbackText,
  summaryText,
  verifyText,
} from '../report/text.ts';
import { type MigrationSummary, reportOf, summarise } from '../commands/summary.ts';
import { type Values, oneOf, usage } from './values.ts';

async function load<K extends keyof typeof Later>(piece: K): Promise<Awaited<ReturnType<(typeof Later)[K]>>> {
  const { later } = await import('./later.ts');
  return (await later[piece]()) as Awaited<ReturnType<(typeof Later)[K]>>;
}

/** Does what a command line asks for. @throws what the commands throw */
export async function runCommand(
  command: Command,
  values: Values,
  positionals: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const reports = (values['report'] ?? []) as string[];
  if (reports.length > 0) {
    const { assertReportName } = await load('reports');
    reports.forEach(assertReportName);
  }
  if (command === 'plan') {
    const { runPlan } = await load('plan');
    return runPlan(values, reports, await progressOf(values, terminal), terminal);
  }
  const [plan, extra] = positionals;
  if (plan === undefined || extra !== undefined) throw usage(`${command} takes one PLAN.`);
  const dryRun = values['dry-run'] === true;
  switch (command) {
    case 'apply': {
      const durability = oneOf(values, 'durability', ['group', 'none']);
      const progress = await progressOf(values, terminal);
      if (dryRun) {
        const { previewApply } = await load('preview');
        return report(previewApply({ plan, progress }), openPlan(plan), values, [], terminal);
      }
      const { apply } = await load('apply');
      const oldFiles = values['remove-old'] === true ? 'remove' : 'keep';
      const signal = terminal.stopSignal?.();
      const summary = await apply({ plan, oldFiles, durability, signal, progress });
      return report(summary, openPlan(plan), values, reports, terminal);
    }
    case 'status': {
      const opened = openPlan(plan);
      return report(summarise(opened), opened, values, reports, terminal);
    }
    case 'verify': {
      const { verify } = await load('verify');
      const result = verify({ plan, progress: await progressOf(values, terminal) });
      print(result, verifyText(result), values, terminal);
      await write(reports, result, verifyText(result));
      return result.failed > 0 ? EXIT.FINDINGS : EXIT.DONE;
    }
    case 'rollback': {
      if (dryRun) return previewOf(plan, values, terminal);
      const { rollback } = await load('rollback');
      const result = await rollback({ plan, signal: terminal.stopSignal?.() });
      print(result, rollbackText(result), values, terminal);
      await write(reports, result, rollbackText(result));
      return result.findings.length > 0 ? EXIT.FINDINGS : EXIT.DONE;
    }
    case 'finish': {
      if (dryRun) return previewOf(plan, values, terminal);
      const { finish } = await load('finish');
      return report(finish({ plan }), openPlan(plan), values, reports, terminal);
    }
  }
}

const DRY = '(a dry run; nothing has been changed)';

async function previewOf(plan: string, values: Values, terminal: Terminal): Promise<ExitCode> {
  const { previewEnd } = await load('preview');
  const result = previewEnd({ plan });
  const { oldFiles, entries } = result;
  const lines = [...numbers(result), DRY, '', `old files set aside: ${oldFiles}`, `entries written: ${entries}`];
  print(result, lines, values, terminal);
  return EXIT.DONE;
}

/** The reports of a command that is not about every file. */
async function write(reports: readonly string[], result: object, lines: readonly string[]): Promise<void> {
  if (reports.length === 0) return;
  const { writeShortReport } = await load('reports');
  for (const path of reports) writeShortReport(path, result, lines);
}

function print(result: object, lines: Iterable<string>, values: Values, { out }: Terminal): void {
  if (values['json'] === true) out(`${JSON.stringify(result)}\n`);
  else out([...lines, ''].join('\n'));
}

/** Shows what became of every file, and gives the exit code that says it. */
async function report(
  summary: MigrationSummary,
  plan: OpenPlan,
  values: Values,
  reports: readonly string[],
  { out }: Terminal,
): Promise<ExitCode> {
  if (values['json'] === true) {
    const { summaryJson } = await load('json');
    if (values['dry-run'] === true) out(`${JSON.stringify(summary)}\n`);
    else for (const piece of summaryJson(reportOf(plan, summary))) out(piece);
  } else {
    const isDry = values['dry-run'] === true;
    const findings = isDry || !hasFindings(summary) ? [] : findingLines(plan, MOST_NAMED);
    out([...summaryText(summary), ...(isDry ? ['', DRY] : findings), ''].join('\n'));
  }
  if (reports.length > 0) {
    const { writeReport } = await load('reports');
    for (const path of reports) writeReport(path, reportOf(plan, summary));
  }
  return exitCodeOf(summary);
}

/** Something that another run can do counts for more than something that needs a decision; what was never begun is neither. */
function exitCodeOf({ byFate, failed, notRemoved, state }: MigrationSummary): ExitCode {
  if (state === 'rolling-back') return EXIT.FAILED;
  if (state === 'none' && failed === (byFate.pending ?? 0)) return EXIT.DONE;
  if ((byFate.error ?? 0) + (byFate.pending ?? 0) + notRemoved > 0) return EXIT.FAILED;
  return failed + (byFate['with-conflicts'] ?? 0) > 0 ? EXIT.FINDINGS : EXIT.DONE;
}

async function progressOf(values: Values, { err, isTty, progress }: Terminal): Promise<Progress | undefined> {
  const how = oneOf(values, 'progress', ['bar', 'json', 'none']) ?? (isTty ? 'bar' : 'none');
  if (how === 'none') return undefined;
  if (how === 'bar' && progress !== undefined) return progress();
  const { barProgress, jsonProgress } = await load('progress');
  return how === 'json' ? jsonProgress(err) : barProgress();
}
