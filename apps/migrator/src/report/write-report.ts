import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { MigratorError } from '../contract/migrator-error.ts';
import { shown } from '../contract/escape-terminal.ts';
import type { Report } from '../commands/summary.ts';
import { linesHtml, summaryHtml } from './html.ts';
import { summaryJson } from './json.ts';
import { fileLines, summaryText } from './text.ts';

function* lines(all: Iterable<string>): Generator<string> {
  for (const line of all) yield `${line}\n`;
}

function* textReport(report: Report): Generator<string> {
  yield* lines(summaryText(report.summary));
  yield* lines(fileLines(report));
}

/** Checks a report's name before anything is done for it. @throws {MigratorError} `E_USAGE` */
export function assertReportName(path: string): void {
  if (/\.(json|html|txt)$/.test(path)) return;
  throw new MigratorError('E_USAGE', `--report ${shown(path)} must end in .json, .html or .txt.`, {
    option: '--report',
  });
}

/** Writes what a command says that is not about every file. */
export function writeShortReport(path: string, result: object, text: readonly string[]): void {
  if (path.endsWith('.json')) writeFileSync(path, `${JSON.stringify(result)}\n`);
  else if (path.endsWith('.html')) writeFileSync(path, linesHtml(text));
  else writeFileSync(path, `${text.join('\n')}\n`);
}

/** Writes a report with every file in it, in the form that its name asks for. */
export function writeReport(path: string, report: Report): void {
  const pieces = path.endsWith('.html')
    ? summaryHtml(report)
    : path.endsWith('.json')
      ? summaryJson(report)
      : textReport(report);
  const file = openSync(path, 'w');
  try {
    for (const piece of pieces) writeSync(file, piece);
  } finally {
    closeSync(file);
  }
}
