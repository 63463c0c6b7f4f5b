import { randomBytes, createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { FileFacts, FilePlace, PlanHeader, PlanLine, PlanTotals } from '../contract/migration-plan.ts';

const FLUSH_AT = 1 << 16;
/** Of a character in UTF-8, counted as JavaScript counts them. */
const MOST_BYTES = 3;

/** The first so many digits of a plan's SHA-256 name its journal. */
export const ID_LENGTH = 16;

/** Whether a path is a plan that is being written beside another. Pure. */
export const isTemporaryPlan = (path: string, plan: string): boolean =>
  path.startsWith(`${plan}.`) && path.endsWith('.tmp');

/** Writes a plan line by line; it appears under its name only when it is whole. */
export class PlanWriter {
  private readonly path: string;
  private readonly temporary: string;
  private readonly file: number;
  private readonly hash = createHash('sha256');
  private pending = '';
  /** For each flush: fresh memory would cost as much as what is done with it. */
  private bytes = Buffer.alloc(0);
  private facts: FileFacts | undefined;
  private factsText = '';

  constructor(path: string) {
    this.path = path;
    this.temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    this.file = openSync(this.temporary, 'wx');
  }

  add(line: Exclude<PlanLine, PlanTotals> | PlanHeader): void {
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
    const bytes = this.bytes.subarray(0, this.bytes.write(this.pending, 'utf8'));
    this.pending = '';
    this.hash.update(bytes);
    for (let done = 0; done < bytes.length;) done += writeSync(this.file, bytes, done);
  }

  /**
   * Writes the totals with the checksum of all before it, and gives the plan its name. Where a plan of the same bytes
   * was applied already, the new one says that it is another: its journal is its own.
   * @returns its id
   */
  finish(totals: PlanTotals['totals'], isTaken: (id: string) => boolean): string {
    this.flush();
    for (let again = 0; ; again++) {
      const text = JSON.stringify({ totals, ...(again === 0 ? {} : { again }) }).slice(0, -1);
      const sha256 = this.hash.copy().update(text).digest('hex');
      const last = `${text},"sha256":"${sha256}"}\n`;
      const id = this.hash.copy().update(last).digest('hex').slice(0, ID_LENGTH);
      if (isTaken(id)) continue;
      this.push(last);
      this.flush();
      fsyncSync(this.file);
      closeSync(this.file);
      renameSync(this.temporary, this.path);
      return id;
    }
  }

  discard(): void {
    closeSync(this.file);
    rmSync(this.temporary, { force: true });
  }
}
