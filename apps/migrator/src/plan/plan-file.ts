import type { Hash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import {
  type FileFacts,
  type FilePlace,
  PLAN_VERSION,
  type PlanHeader,
  type PlanLine,
  type PlanTotals,
  isTotals,
} from '../contract/migration-plan.ts';
import { MigratorError } from '../contract/migrator-error.ts';
import { shown } from '../contract/escape-terminal.ts';

const FLUSH_AT = 1 << 16;
/** Of a character in UTF-8, counted as JavaScript counts them. */
const MOST_BYTES = 3;
const CHUNK = 1 << 16;

/** Writes a plan line by line; it appears under its name only when it is whole. */
export class PlanWriter {
  private readonly path: string;
  private readonly temporary: string;
  private readonly file: number;
  private readonly hash = newHash();
  private pending = '';
  /** For each flush: fresh memory would cost as much as what is done with it. */
  private bytes = Buffer.alloc(0);
  private facts: FileFacts | undefined;
  private factsText = '';

  constructor(path: string) {
    this.path = path;
    this.temporary = `${path}.${process.pid}.tmp`;
    this.file = openSync(this.temporary, 'w');
  }

  add(line: PlanLine): void {
    this.push(`${JSON.stringify(line)}\n`);
  }

  /** The line of a file: what it has in common with others is written out once while they follow each other. */
  addFile({ file, size, changed, date }: FilePlace, facts: FileFacts): void {
    if (facts !== this.facts) {
      this.facts = facts;
      this.factsText = JSON.stringify(facts).slice(1);
    }
    const dateText = date === null ? 'null' : `"${date}"`;
    this.push(
      `{"file":${JSON.stringify(file)},"size":${size},"changed":${changed},"date":${dateText},${this.factsText}\n`,
    );
  }

  private push(text: string): void {
    this.pending += text;
    if (this.pending.length >= FLUSH_AT) this.flush();
  }

  private flush(): void {
    const needed = this.pending.length * MOST_BYTES;
    if (this.bytes.length < needed) this.bytes = Buffer.allocUnsafeSlow(needed);
    const bytes = this.bytes.subarray(0, this.bytes.write(this.pending));
    for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at);
    this.hash.update(bytes);
    this.pending = '';
  }

  /** Makes the plan visible; returns its id. Before anything is done by it, `apply` sees to it that it is on the disk. */
  finish(): string {
    this.flush();
    closeSync(this.file);
    renameSync(this.temporary, this.path);
    return idOf(this.hash);
  }

  discard(): void {
    closeSync(this.file);
    rmSync(this.temporary, { force: true });
  }
}

/** Asked for here and not at the start, which it would make half as long again. */
const newHash = (): Hash => process.getBuiltinModule('node:crypto').createHash('sha256');

const idOf = (hash: Hash): string => hash.digest('hex').slice(0, 16);

/** The lines of a file of JSON lines, without ever holding more than a chunk of it. */
export function* jsonLines(path: string): Generator<{ readonly text: string; readonly at: number }> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    let rest = Buffer.alloc(0);
    let at = 0;
    for (;;) {
      const count = readSync(file, chunk, 0, CHUNK, null);
      if (count === 0) break;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
        yield { text: bytes.toString('utf8', start, end), at: at + start };
        start = end + 1;
      }
      rest = Buffer.from(bytes.subarray(start));
      at += start;
    }
    if (rest.length > 0) yield { text: rest.toString('utf8'), at };
  } finally {
    closeSync(file);
  }
}

/** The id of a plan, of all its bytes, without a look at its lines. */
function readId(path: string): string {
  const file = openSync(path, 'r');
  try {
    const hash = newHash();
    const chunk = Buffer.allocUnsafe(CHUNK);
    let last = 10;
    for (let at = 0; ;) {
      const count = readSync(file, chunk, 0, CHUNK, at);
      if (count === 0) break;
      hash.update(chunk.subarray(0, count));
      last = chunk[count - 1]!;
      at += count;
    }
    // A last line without its newline is one all the same.
    return idOf(last === 10 ? hash : hash.update('\n'));
  } finally {
    closeSync(file);
  }
}

function lastLine(file: number): string {
  const { size } = fstatSync(file);
  for (let length = 4096; ; length *= 8) {
    const bytes = Buffer.allocUnsafe(Math.min(length, size));
    const text = bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, size - bytes.length));
    const end = text.endsWith('\n') ? text.length - 1 : text.length;
    const before = text.lastIndexOf('\n', end - 1);
    if (before !== -1 || bytes.length === size) return text.slice(before + 1, end);
  }
}

export interface OpenPlan {
  readonly path: string;
  /** Changes with every byte of the plan, so that a journal belongs to one plan only. */
  readonly id: string;
  readonly header: PlanHeader;
  readonly totals: PlanTotals['totals'];
}

class PlanOnDisk implements OpenPlan {
  readonly path: string;
  readonly header: PlanHeader;
  readonly totals: PlanTotals['totals'];
  private knownId: string | undefined;

  constructor(path: string, header: PlanHeader, totals: PlanTotals['totals']) {
    this.path = path;
    this.header = header;
    this.totals = totals;
  }

  /** Read when it is asked for: of a plan that was never applied it is not. */
  get id(): string {
    return (this.knownId ??= readId(this.path));
  }
}

/** Reads a plan's head and foot, and checks that it is whole. @throws {MigratorError} `E_PLAN` */
export function openPlan(path: string): OpenPlan {
  if (!existsSync(path)) throw new MigratorError('E_PLAN', `There is no plan ${shown(path)}.`, { path });
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const [first] = jsonLines(path);
    const header = (first === undefined ? undefined : JSON.parse(first.text)) as PlanHeader | undefined;
    const totals = JSON.parse(lastLine(file)) as PlanLine;
    if (header?.plan === 'vision-cache-migration' && isTotals(totals)) {
      if (header.version === PLAN_VERSION) return new PlanOnDisk(path, header, totals.totals);
      throw new MigratorError('E_PLAN', `${shown(path)} is a plan of a newer version.`, { path });
    }
  } catch (cause) {
    if (cause instanceof MigratorError) throw cause;
    throw new MigratorError('E_PLAN', `${shown(path)} is not a plan, or not whole.`, { path }, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
  throw new MigratorError('E_PLAN', `${shown(path)} is not a plan, or not whole.`, { path });
}

/** The lines between head and foot. */
export function* planLines(path: string): Generator<PlanLine> {
  let first = true;
  for (const { text } of jsonLines(path)) {
    if (!first) yield JSON.parse(text) as PlanLine;
    first = false;
  }
}
