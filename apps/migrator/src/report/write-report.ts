import { closeSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { MigratorError } from '../contract/migrator-error.ts';
import { kindOf } from '../disk/open-regular.ts';
import { escapeOutput, escapeTerminal } from '../contract/escape-terminal.ts';
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
  throw new MigratorError('E_USAGE', `--report ${escapeTerminal(path)} must end in .json, .html or .txt.`, {
    option: '--report',
  });
}

interface OpenReport {
  readonly path: string;
  readonly file: number;
  readonly isNew: boolean;
  /** Whether a block of nothing stands in it until it is written. */
  readonly isProbed: boolean;
}

/** What a full disk does not take. */
const PROBE = Buffer.alloc(4096, ' ');

/** Report files that are open before the command begins, so that one that cannot be written is noticed in time. */
export class OpenReports {
  private readonly files: OpenReport[] = [];
  private isWritten = false;

  /** @throws {MigratorError} `E_USAGE` if one cannot be opened, or is no file */
  constructor(paths: readonly string[]) {
    try {
      for (const path of paths) this.files.push(open(path));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Writes a report with every file in it, in the form that each name asks for. */
  write(report: Report): void {
    this.writeEach((path) =>
      path.endsWith('.html') ? summaryHtml(report) : path.endsWith('.json') ? summaryJson(report) : textReport(report),
    );
  }

  /** Writes what a command says that is not about every file. */
  writeShort(result: object, text: readonly string[]): void {
    this.writeEach((path) => {
      if (path.endsWith('.json')) return [`${escapeOutput(JSON.stringify(result))}\n`];
      return path.endsWith('.html') ? [linesHtml(text)] : [`${text.join('\n')}\n`];
    });
  }

  private writeEach(piecesOf: (path: string) => Iterable<string>): void {
    this.isWritten = true;
    for (const { path, file } of this.files) {
      ftruncateSync(file);
      for (const piece of piecesOf(path)) {
        const bytes = Buffer.from(piece);
        for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      }
    }
  }

  /** Closes them; one that was made and never written goes again. */
  close(): void {
    for (const { path, file, isNew, isProbed } of this.files) {
      if (isProbed && !this.isWritten) ftruncateSync(file);
      closeSync(file);
      if (isNew && !this.isWritten) rmSync(path, { force: true });
    }
  }
}

function open(path: string): OpenReport {
  const refuse = (why: string, cause?: unknown) =>
    new MigratorError('E_USAGE', `--report ${escapeTerminal(path)} ${why}.`, { option: '--report' }, { cause });
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) throw refuse(`is ${kindOf(stat)}`);
  const isNew = stat === undefined;
  const isProbed = (stat?.size ?? 0) === 0;
  let file: number | undefined;
  try {
    file = openSync(path, 'a');
    if (isProbed) for (let done = 0; done < PROBE.length;) done += writeSync(file, PROBE, done);
    return { path, file, isNew, isProbed };
  } catch (cause) {
    if (file !== undefined) {
      if (isProbed) ftruncateSync(file);
      closeSync(file);
      if (isNew) rmSync(path, { force: true });
    }
    throw refuse(`cannot be written (${String((cause as { code?: string }).code)})`, cause);
  }
}
