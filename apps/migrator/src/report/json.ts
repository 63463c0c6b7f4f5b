import { groupOf } from '../contract/outcome.ts';
import { isIndex } from '../contract/migration-plan.ts';
import { planLines } from '../plan/plan-file.ts';
import { type Report, leftAlone } from '../commands/summary.ts';

/** The report as one JSON object, piece by piece, so that a hundred thousand files need no more memory than ten. */
export function* summaryJson({ summary, plan, files }: Report): Generator<string> {
  yield `${JSON.stringify(summary).slice(0, -1)},"fileReports":[`;
  let first = true;
  for (const { file, outcome } of files()) {
    const { wrote: _wrote, ...told } = outcome;
    const { file: path, generations, container, symbol, market } = file;
    const line = { file: path, outcome: groupOf(outcome.fate), ...told, generations, container, market, symbol };
    yield `${first ? '' : ','}\n${JSON.stringify(line)}`;
    first = false;
  }
  yield '],"leftAlone":[';
  first = true;
  for (const each of leftAlone(plan)) {
    yield `${first ? '' : ','}\n${JSON.stringify(each)}`;
    first = false;
  }
  yield '],"oldIndexes":[';
  first = true;
  for (const line of planLines(plan.path)) {
    if (!isIndex(line)) continue;
    yield `${first ? '' : ','}\n${JSON.stringify(line)}`;
    first = false;
  }
  yield ']}\n';
}
