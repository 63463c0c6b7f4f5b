import { parseArgs } from 'node:util';
// What `status` needs comes at once, for fewer pieces to load; what reads and writes comes when it is asked for.
import { status } from './commands/status.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { HELP } from './help.ts';
import { MigratorError, isMigratorError } from './migrator-error.ts';
import { openPlan } from './plan-file.ts';
import type { Progress } from './progress.ts';
import { MOST_NAMED, findingLines, rollbackText, summaryText, verifyText } from './report/text.ts';
import { shown } from './shown.ts';
import { type MigrationSummary, reportOf } from './summary.ts';

/** Where a run's text goes. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTty: boolean;
  /** Asked for by what can be stopped in good order; everything else a signal may end at once, for it changes nothing. */
  readonly stopSignal?: () => AbortSignal;
}

const COMMON = {
  json: { type: 'boolean' },
  report: { type: 'string', multiple: true },
  progress: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const OPTIONS = {
  plan: {
    ...COMMON,
    from: { type: 'string' },
    to: { type: 'string' },
    out: { type: 'string' },
    market: { type: 'string' },
    layout: { type: 'string' },
    deep: { type: 'boolean' },
  },
  apply: { ...COMMON, 'remove-old': { type: 'boolean' }, durability: { type: 'string' } },
  verify: COMMON,
  rollback: COMMON,
  status: COMMON,
  finish: COMMON,
} as const;

type Command = keyof typeof OPTIONS;
type Values = Readonly<Record<string, string | boolean | string[] | undefined>>;

/** Runs one command line; returns how it ended. Never throws. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  try {
    if (name === '' || name === '--help' || name === '-h' || name === 'help') {
      terminal.out(`${HELP[rest[0] ?? ''] ?? HELP['']!}\n`);
      return name === '' ? EXIT.USAGE : EXIT.DONE;
    }
    if (!Object.hasOwn(OPTIONS, name))
      throw usage(`${shown(name)} is not a command: ${Object.keys(OPTIONS).join(', ')}.`);
    const command = name as Command;
    const { values, positionals } = parse(command, rest);
    if (values['help'] === true) {
      terminal.out(`${HELP[command]!}\n`);
      return EXIT.DONE;
    }
    return await run(command, values, positionals, terminal);
  } catch (error) {
    return tell(error, terminal);
  }
}

function parse(command: Command, args: string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args, options: OPTIONS[command], allowPositionals: command !== 'plan' }) as never;
  } catch (cause) {
    const message = (cause as Error).message.split('. ')[0]!;
    throw usage(`${message.replace(/\.$/, '')}.`);
  }
}

const usage = (message: string): MigratorError => new MigratorError('E_USAGE', message, { option: undefined });

function tell(error: unknown, { err }: Terminal): ExitCode {
  if (!isMigratorError(error)) {
    const { code } = error as { code?: string };
    err(
      `failed: ${shown(error instanceof Error ? error.message : String(error))}${code === undefined ? '' : ` (${code})`}\n`,
    );
    return EXIT.FAILED;
  }
  err(`${error.code}: ${error.message}\n`);
  if (error.code === 'E_USAGE') err('vision-cache-migrate --help tells more.\n');
  return error.code === 'E_STOPPED' || error.code === 'E_ABORTED' ? EXIT.FAILED : EXIT.USAGE;
}

async function run(
  command: Command,
  values: Values,
  positionals: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const reports = (values['report'] ?? []) as string[];
  if (reports.length > 0) {
    const { assertReportName } = await import('./report/write-report.ts');
    reports.forEach(assertReportName);
  }
  if (command === 'plan') {
    const { runPlan } = await import('./cli-plan.ts');
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
        const { previewApply } = await import('./commands/preview.ts');
        return report(previewApply({ plan, progress }), plan, values, [], terminal);
      }
      const { apply } = await import('./commands/apply.ts');
      const oldFiles = values['remove-old'] === true ? 'remove' : 'keep';
      const signal = terminal.stopSignal?.();
      return report(await apply({ plan, oldFiles, durability, signal, progress }), plan, values, reports, terminal);
    }
    case 'status': {
      return report(status({ plan }), plan, values, reports, terminal);
    }
    case 'verify': {
      const { verify } = await import('./commands/verify.ts');
      const result = verify({ plan, progress: await progressOf(values, terminal) });
      print(result, verifyText(result), values, terminal);
      await write(reports, result, verifyText(result));
      return result.failed > 0 ? EXIT.FINDINGS : EXIT.DONE;
    }
    case 'rollback': {
      if (dryRun) return previewOf(plan, values, terminal);
      const { rollback } = await import('./commands/rollback.ts');
      const result = await rollback({ plan, signal: terminal.stopSignal?.() });
      print(result, rollbackText(result), values, terminal);
      await write(reports, result, rollbackText(result));
      return result.findings.length > 0 ? EXIT.FINDINGS : EXIT.DONE;
    }
    case 'finish': {
      if (dryRun) return previewOf(plan, values, terminal);
      const { finish } = await import('./commands/finish.ts');
      return report(finish({ plan }), plan, values, reports, terminal);
    }
  }
}

async function previewOf(plan: string, values: Values, terminal: Terminal): Promise<ExitCode> {
  const { previewEnd } = await import('./commands/preview.ts');
  const result = previewEnd({ plan });
  print(result, [`old files set aside: ${result.oldFiles}`, `entries written: ${result.entries}`], values, terminal);
  return EXIT.DONE;
}

/** The reports of a command that is not about every file. */
async function write(reports: readonly string[], result: object, lines: readonly string[]): Promise<void> {
  if (reports.length === 0) return;
  const { writeShortReport } = await import('./report/write-report.ts');
  for (const path of reports) writeShortReport(path, result, lines);
}

function print(result: object, lines: Iterable<string>, values: Values, { out }: Terminal): void {
  if (values['json'] === true) out(`${JSON.stringify(result)}\n`);
  else out([...lines, ''].join('\n'));
}

/** Shows what became of every file, and gives the exit code that says it. */
async function report(
  summary: MigrationSummary,
  planPath: string,
  values: Values,
  reports: readonly string[],
  { out }: Terminal,
): Promise<ExitCode> {
  const plan = openPlan(planPath);
  if (values['json'] === true) {
    const { summaryJson } = await import('./report/json.ts');
    if (values['dry-run'] === true) out(`${JSON.stringify(summary)}\n`);
    else for (const piece of summaryJson(reportOf(plan, summary))) out(piece);
  } else {
    const findings = values['dry-run'] === true ? [] : findingLines(plan, MOST_NAMED);
    out([...summaryText(summary), ...findings, ''].join('\n'));
  }
  if (reports.length > 0) {
    const { writeReport } = await import('./report/write-report.ts');
    for (const path of reports) writeReport(path, reportOf(plan, summary));
  }
  return exitCodeOf(summary);
}

/** Something that another run can do counts for more than something that needs a decision; what was never begun is neither. */
function exitCodeOf({ byFate, failed, state }: MigrationSummary): ExitCode {
  if (state === 'none' && failed === (byFate.pending ?? 0)) return EXIT.DONE;
  if ((byFate.error ?? 0) + (byFate.pending ?? 0) > 0) return EXIT.FAILED;
  return failed + (byFate['with-conflicts'] ?? 0) > 0 ? EXIT.FINDINGS : EXIT.DONE;
}

function oneOf<const T extends string>(values: Values, name: string, allowed: readonly T[]): T | undefined {
  const value = values[name];
  if (value === undefined || (allowed as readonly unknown[]).includes(value)) return value as T | undefined;
  throw usage(`--${name} is one of ${allowed.join(', ')}.`);
}

async function progressOf(values: Values, { err, isTty }: Terminal): Promise<Progress | undefined> {
  const how = oneOf(values, 'progress', ['bar', 'json', 'none']) ?? (isTty ? 'bar' : 'none');
  if (how === 'none') return undefined;
  const { barProgress, jsonProgress } = await import('./show-progress.ts');
  return how === 'json' ? jsonProgress(err) : barProgress();
}

export { oneOf, usage, type Values };
