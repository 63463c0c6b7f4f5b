import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import {
  PLAN_VERSION, type PlanHeader, type PlanLine, type PlanTotals, type PlannedFile, isFile,
} from '../contract/migration-plan.ts'; // prettier-ignore
import { MigratorError } from '../contract/migrator-error.ts';
import { lineAt, rawLines } from '../disk/json-lines.ts';
import { kindOf } from '../disk/open-regular.ts';
import { parseHeader, parsePlanLine, parseTotals } from './parse-plan-line.ts';
import { ID_LENGTH } from './plan-writer.ts';

const CHUNK = 1 << 16;
/** A header and a line of totals are shorter. */
const MOST_EDGE_BYTES = 1 << 20;
const FILE_LINE = Buffer.from('\n{"file":');

export interface OpenPlan {
  readonly path: string;
  /** Changes with every byte of the plan, so that a journal belongs to one plan only. */
  readonly id: string;
  /** SHA-256 of all its bytes, in hexadecimal. */
  readonly sha256: string;
  readonly header: PlanHeader;
  readonly totals: PlanTotals['totals'];
}

const FROM_FOLDERS = 'If files were moved aside already, `rollback --from-folders` puts them back.';

function refuse(path: string, why: string, cause?: unknown): MigratorError {
  return new MigratorError('E_PLAN', `${escapeTerminal(path)} ${why}`, { path }, { cause });
}

/** Reads a plan once, and checks that it is whole. @throws {MigratorError} `E_PLAN` */
export function openPlan(path: string): OpenPlan {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw refuse(path, 'does not exist.');
  if (!stat.isFile()) throw refuse(path, `is ${kindOf(stat)}, and no plan.`);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw refuse(path, `cannot be read (${String((cause as { code?: string }).code)}).`, cause);
  }
  try {
    return read(path, file);
  } finally {
    closeSync(file);
  }
}

function read(path: string, file: number): OpenPlan {
  const { size } = fstatSync(file);
  const edge = (at: number): string => {
    const bytes = Buffer.allocUnsafe(Math.min(size, MOST_EDGE_BYTES));
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, at));
  };
  const [firstLine = ''] = edge(0).split('\n', 1);
  const header = parseHeader(firstLine);
  if (header === undefined) throw refuse(path, `is not a plan, or its first line is damaged. ${FROM_FOLDERS}`);
  if (header.version > PLAN_VERSION || header.version < 1)
    throw refuse(
      path,
      `is a plan of version ${header.version}; this migrator supports versions 1 and ${PLAN_VERSION}.`,
    );
  const tail = edge(Math.max(0, size - MOST_EDGE_BYTES)).replace(/\n$/, '');
  const lastLine = tail.slice(tail.lastIndexOf('\n') + 1);
  const last = parseTotals(lastLine);
  if (last === undefined) throw refuse(path, `is incomplete: its last line is missing or damaged. ${FROM_FOLDERS}`);

  const { files, hash } = scan(file, size - Buffer.byteLength(lastLine) - (size > 0 && endsLine(file, size) ? 1 : 0));
  if (header.version > 1 || last.sha256 !== undefined) {
    const body = lastLine.slice(0, lastLine.lastIndexOf(',"sha256":'));
    if (hash.copy().update(body).digest('hex') !== last.sha256)
      throw refuse(path, `is damaged: its checksum does not match. ${FROM_FOLDERS}`);
  }
  if (files !== last.totals.files)
    throw refuse(path, `is damaged: it says ${last.totals.files} files but lists ${files}. ${FROM_FOLDERS}`);
  // Version 0.1.0 wrote no checksum: each line is looked at before anything is done, not when its turn comes.
  if (header.version === 1) assertLines(path);
  const sha256 = hash.update(`${lastLine}\n`).digest('hex');
  return { path, id: sha256.slice(0, ID_LENGTH), sha256, header, totals: last.totals };
}

function endsLine(file: number, size: number): boolean {
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, size - 1);
  return byte[0] === 10;
}

/** Hashes all before the last line, and counts the lines of files there. */
function scan(file: number, end: number) {
  const hash = createHash('sha256');
  const overlap = FILE_LINE.length - 1;
  const chunk = Buffer.allocUnsafe(CHUNK + overlap);
  let files = 0;
  let kept = 0;
  for (let at = 0; at < end;) {
    const count = readSync(file, chunk, kept, Math.min(CHUNK, end - at), at);
    if (count === 0) break;
    hash.update(chunk.subarray(kept, kept + count));
    const seen = chunk.subarray(0, kept + count);
    for (let found = seen.indexOf(FILE_LINE); found !== -1; found = seen.indexOf(FILE_LINE, found + 1)) files += 1;
    at += count;
    kept = Math.min(overlap, seen.length);
    seen.copyWithin(0, seen.length - kept);
  }
  return { files, hash };
}

/** @throws {MigratorError} `E_PLAN` if a line is damaged */
function assertLines(path: string): void {
  const lines = planLines(path);
  while (lines.next().done !== true);
}

/** The lines after the first. @throws {MigratorError} `E_PLAN` if one is damaged */
export function* planLines(path: string): Generator<PlanLine> {
  let previous: string | undefined;
  let number = 0;
  for (const { text } of rawLines(path)) {
    number += 1;
    // The last line holds the totals, and is not known to be the last before the end.
    if (previous !== undefined && number > 2) yield lineOf(path, previous, number - 1);
    previous = text;
  }
  const last = previous === undefined ? undefined : parseTotals(previous);
  if (last === undefined) throw refuse(path, `is incomplete: its last line is missing or damaged. ${FROM_FOLDERS}`);
  yield { totals: last.totals };
}

function lineOf(path: string, text: string, number: number): PlanLine {
  const line = parsePlanLine(text);
  if (line === undefined) throw refuse(path, `is damaged in line ${number}. ${FROM_FOLDERS}`);
  return line;
}

export interface NumberedFile {
  /** Ordinal of the file in its plan. */
  readonly i: number;
  readonly file: PlannedFile;
}

/** The old files of a plan with their ordinals. @throws {MigratorError} `E_PLAN` if a line is damaged */
export function* plannedFiles(path: string): Generator<NumberedFile> {
  let i = -1;
  for (const line of planLines(path)) {
    if (!isFile(line)) continue;
    i += 1;
    yield { i, file: line };
  }
}

/** Reads single files of a plan again, by their ordinals: eight bytes a file, not a line. */
export class FileReader {
  private readonly path: string;
  private readonly places: number[] = [];
  private file: number | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws {MigratorError} `E_PLAN` if the line is damaged */
  read(i: number): PlannedFile {
    if (this.file === undefined) {
      for (const { text, at } of rawLines(this.path)) if (text.startsWith('{"file":')) this.places.push(at);
      this.file = openSync(this.path, 'r');
    }
    const at = this.places[i];
    const line = at === undefined ? undefined : parsePlanLine(lineAt(this.file, at));
    if (line === undefined || !isFile(line)) throw refuse(this.path, `is damaged at its file ${i}. ${FROM_FOLDERS}`);
    return line;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}
