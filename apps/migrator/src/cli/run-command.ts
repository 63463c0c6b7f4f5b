import type { MigrationSummary } from '../commands/summary.ts';
import { reportOf, summarise } from '../commands/summary.ts';
// What `status` needs comes at once; what reads and writes comes when it is asked for.
import { EXIT, type ExitCode } from '../contract/exit-codes.ts';
import type { Progress } from '../contract/progress.ts';
import { type OpenPlan, openPlan } from '../plan/open-plan.ts';
import { MOST_NAMED, findingLines, hasFindings } from '../report/finding-lines.ts';
import { finishText, fromFoldersText, numbers, rollbackText, summaryText, verifyText } from '../report/text.ts';
import type { OpenReports } from '../report/write-report.ts';
import type { Command } from './options.ts';
import type { Terminal } from './terminal.ts';
import type { later as Later } from './later.ts';
import { type Values, oneOf, usage } from './values.ts';

async function load<K extends keyof typeof Later>(piece: K): Promise<Awaited<ReturnType<(typeof Later)[K]>>> {
  const { later } = await import('./later.ts');
  return (await later[piece]()) as Awaited<ReturnType<(typeof Later)[K]>>;
}

/** A command line, and where its text goes. */
interface Call {
  readonly values: Values;
  readonly terminal: Terminal;
  readonly reports: OpenReports | undefined;
}

/** Does what a command line asks for. @throws what the commands throw */
export async function runCommand(
  command: Command,
  values: Values,
  positionals: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const paths = (values['report'] ?? []) as string[];
  if (paths.length === 0) return runCall(command, positionals, { values, terminal, reports: undefined });
  const { assertReportName, OpenReports } = await load('reports');
  paths.forEach(assertReportName);
  const reports = new OpenReports(paths);
  try {
    return await runCall(command, positionals, { values, terminal, reports });
  } finally {
    reports.close();
  }
}

async function runCall(command: Command, positionals: readonly string[], call: Call): Promise<ExitCode> {
  const { values, terminal, reports } = call;
  if (command === 'plan') {
    const { runPlan } = await load('plan');
    return runPlan(values, reports, await progressOf(values, terminal), terminal);
  }
  const [plan, extra] = positionals;
  if (command === 'rollback' && values['from-folders'] === true && extra === undefined) return fromFolders(plan, call);
  if (plan === undefined || extra !== undefined) throw usage(`${command} takes one PLAN.`);
  const dryRun = values['dry-run'] === true;
  const takeOver = values['take-over'] === true;
  switch (command) {
    case 'apply': {
      const durability = oneOf(values, 'durability', ['group', 'none']);
      const oldFiles = values['remove-old'] === true ? 'remove' : 'keep';
      const progress = await progressOf(values, terminal);
      if (dryRun) {
        const { previewApply } = await load('preview');
        const steps = new StepLines();
        const summary = previewApply({ plan, oldFiles, progress, onStep: steps.add });
        return report(summary, openPlan(plan), call, steps.lines());
      }
      const { apply } = await load('apply');
      const signal = terminal.stopSignal?.();
      const summary = await apply({ plan, oldFiles, durability, takeOver, signal, progress });
      return report(summary, openPlan(plan), call);
    }
    case 'status': {
      const opened = openPlan(plan);
      return report(summarise(opened), opened, call);
    }
    case 'verify': {
      const { verify } = await load('verify');
      const result = verify({ plan, progress: await progressOf(values, terminal) });
      tell(result, verifyText(result), call);
      return result.failed > 0 ? EXIT.FINDINGS : EXIT.DONE;
    }
    case 'rollback': {
      if (dryRun) return previewOf('previewRollback', plan, call);
      const { rollback } = await load('rollback');
      const progress = await progressOf(values, terminal);
      const result = await rollback({ plan, takeOver, signal: terminal.stopSignal?.(), progress });
      tell(result, rollbackText(result), call);
      return result.findings.length > 0 ? EXIT.FINDINGS : EXIT.DONE;
    }
    case 'finish': {
      if (dryRun) return previewOf('previewFinish', plan, call);
      const { finish } = await load('finish');
      const { outcomes, ...result } = finish({ plan, takeOver });
      const code = await report(result, openPlan(plan), call, finishText(result), outcomes);
      return code === EXIT.DONE && result.leftAside.length > 0 ? EXIT.FINDINGS : code;
    }
  }
}

async function fromFolders(plan: string | undefined, call: Call): Promise<ExitCode> {
  const { values } = call;
  const { rollbackFromFolders } = await load('fromFolders');
  const from = typeof values['from'] === 'string' ? values['from'] : undefined;
  const dryRun = values['dry-run'] === true;
  const result = rollbackFromFolders({ plan, from, dryRun, takeOver: values['take-over'] === true });
  tell(result, [...fromFoldersText(result), ...(dryRun ? [DRY] : [])], call);
  return result.left.length > 0 ? EXIT.FINDINGS : EXIT.DONE;
}

const DRY = '(a dry run; nothing has been changed)';

/** The first steps of a dry run, and how many more there are. */
class StepLines {
  private readonly told: string[] = [];
  private more = 0;

  readonly add = (line: string): void => {
    if (this.told.length < MOST_NAMED) this.told.push(line);
    else this.more += 1;
  };

  lines(): string[] {
    if (this.told.length === 0) return [];
    const more = this.more === 0 ? [] : [`... and ${this.more} more steps`];
    return ['', 'steps:', ...this.told.map((line) => `  ${line}`), ...more];
  }
}

async function previewOf(name: 'previewRollback' | 'previewFinish', plan: string, call: Call): Promise<ExitCode> {
  const preview = await load('preview');
  const steps = new StepLines();
  const result = preview[name]({ plan, onStep: steps.add });
  const { oldFiles, entries, kept } = result;
  const lines = [
    ...numbers(result),
    DRY,
    '',
    `old files set aside: ${oldFiles}`,
    `entries written: ${entries}`,
    `would stay: ${kept}`,
    ...steps.lines(),
  ];
  tell(result, lines, call);
  return EXIT.DONE;
}

/** Says what a command found that is not about every file, on the terminal and in its reports. */
function tell(result: object, lines: readonly string[], { values, terminal, reports }: Call): void {
  if (values['json'] === true) terminal.out(`${JSON.stringify(result)}\n`);
  else terminal.out([...lines, ''].join('\n'));
  reports?.writeShort(result, lines);
}

/** Shows what became of every file, and gives the exit code that says it. */
async function report(
  summary: MigrationSummary,
  plan: OpenPlan,
  { values, terminal: { out }, reports }: Call,
  more: readonly string[] = [],
  files?: Parameters<typeof reportOf>[2],
): Promise<ExitCode> {
  const isDry = values['dry-run'] === true;
  if (values['json'] === true) {
    const { summaryJson } = await load('json');
    if (isDry) out(`${JSON.stringify(summary)}\n`);
    else for (const piece of summaryJson(reportOf(plan, summary, files))) out(piece);
  } else {
    const findings = isDry || !hasFindings(summary) ? [] : findingLines(plan, MOST_NAMED);
    out([...summaryText(summary), ...(isDry ? ['', DRY] : findings), ...more, ''].join('\n'));
  }
  if (!isDry) reports?.write(reportOf(plan, summary, files));
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
