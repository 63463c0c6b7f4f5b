import { escapeOutput } from '../contract/escape-terminal.ts';
import { groupOf } from '../contract/outcome.ts';
import { isIndex } from '../contract/migration-plan.ts';
import { planLines } from '../plan/open-plan.ts';
import { type Report, leftAlone } from '../commands/summary.ts';

/** Without a character that a terminal obeys: it stands in strings only, where its escape means the same. */
const json = (value: unknown): string => escapeOutput(JSON.stringify(value));

/** The report as one JSON object, piece by piece, so that a hundred thousand files need no more memory than ten. */
export function* summaryJson({ summary, plan, files }: Report): Generator<string> {
  yield `${json(summary).slice(0, -1)},"fileReports":[`;
  let first = true;
  for (const { file, outcome } of files()) {
    const { wrote: _wrote, ...told } = outcome;
    const { file: path, generations, container, symbol, market } = file;
    const line = { file: path, outcome: groupOf(outcome.fate), ...told, generations, container, market, symbol };
    yield `${first ? '' : ','}\n${json(line)}`;
    first = false;
  }
  yield '],"leftAlone":[';
  first = true;
  for (const each of leftAlone(plan)) {
    yield `${first ? '' : ','}\n${json(each)}`;
    first = false;
  }
  yield '],"oldIndexes":[';
  first = true;
  for (const line of planLines(plan.path)) {
    if (!isIndex(line)) continue;
    yield `${first ? '' : ','}\n${json(line)}`;
    first = false;
  }
  yield ']}\n';
}
