import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Terminal } from './terminal.ts';
import { type PlanResult, plan } from '../commands/plan.ts';
import { EXIT, type ExitCode } from '../contract/exit-codes.ts';
import { openPlan } from '../plan/open-plan.ts';
import type { Progress } from '../contract/progress.ts';
import { planExtras } from '../report/plan-extras.ts';
import { planText } from '../report/text.ts';
import { type OpenReports } from '../report/write-report.ts';
import { reportOfPlan } from '../commands/summary.ts';
import { type Values, oneOf, usage } from './values.ts';

/** The command `plan`: as the function, with its report. */
export function runPlan(
  values: Values,
  reports: OpenReports | undefined,
  progress: Progress | undefined,
  { out: print }: Terminal,
): ExitCode {
  const text = (name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
  const [from, to, out] = [text('from'), text('to'), text('out')];
  const dryRun = values['dry-run'] === true;
  if (from === undefined || to === undefined || (out === undefined && !dryRun)) {
    throw usage('plan takes --from OLD --to NEW --out PLAN.');
  }
  const market = oneOf(values, 'market', ['spot', 'um', 'cm']);
  const scratch = dryRun ? mkdtempSync(join(tmpdir(), 'vision-cache-plan-')) : undefined;
  const path = scratch === undefined ? out! : join(scratch, 'plan');
  try {
    progress?.start(undefined, undefined);
    const read = values['deep'] === true ? 'all' : 'heads';
    const result = plan({ from, to, out: path, market, layout: text('layout'), read, progress });
    progress?.stop();
    const extras = planExtras(result);
    const { totals } = result;
    if (values['json'] === true) {
      const numbers = { success: totals.migrate, failed: totals.refuse, skipped: totals.skip, files: totals.files };
      const { lines: _lines, ...needs } = extras;
      print(`${JSON.stringify({ ...numbers, ...result, ...needs, plan: scratch === undefined ? path : null })}\n`);
    } else for (const line of planText(result, extras)) print(`${line}\n`);
    reports?.write(reportOfPlan(openPlan(path)));
    return planExit(totals);
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

/** A root without any old file, or with old files that another root would have, is a finding: it may be the wrong one. */
function planExit({ files, sealed, refuse, caches = {} }: PlanResult['totals']): ExitCode {
  const isNothingFound = files === 0 && sealed === 0;
  return refuse > 0 || isNothingFound || Object.keys(caches).length > 0 ? EXIT.FINDINGS : EXIT.DONE;
}
