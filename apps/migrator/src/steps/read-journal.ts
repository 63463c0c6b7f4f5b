import { closeSync, existsSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { MigratorError } from '../contract/migrator-error.ts';
import { filesBelow } from '../disk/empty-folders.ts';
import { lineAt, rawLines } from '../disk/json-lines.ts';
import { type OpenPlan, plannedFiles } from '../plan/open-plan.ts';
import {
  type Committed,
  chainStart,
  decodeCommitted,
  decodeLine,
  decodeOldLine,
  recordOf,
} from '../ledger/journal-line.ts';
import { asideFolder, committedPath, journalPath } from '../ledger/places.ts';
import type { JournalRecord } from '../ledger/records.ts';
import { type MigrationLedger, type PlacedRecord, replay } from '../ledger/replay.ts';

/** How a journal ends: what the next record is appended to. */
export interface JournalEnd extends Committed {
  /** Place of the next line: what stands there is a torn line, which is cut off. */
  readonly at: number;
  /** Version 0.1.0 wrote journals without numbers; they are read, and not gone on with. */
  readonly version: 1 | 2;
}

export interface ReadJournal {
  readonly ledger: MigrationLedger;
  readonly end: JournalEnd;
}

const HOW_TO_GO_ON = 'Nothing was changed. `rollback --from-folders` puts the old files back by their names.';

function damaged(plan: OpenPlan, why: string, line?: number): MigratorError {
  const path = journalPath(plan);
  const message = `The journal ${escapeTerminal(path)} ${why}. ${HOW_TO_GO_ON}`;
  return new MigratorError('E_JOURNAL_DAMAGED', message, { path, line });
}

/**
 * Reads the journal of a plan once. A last line without its newline is torn, as a kill leaves it, and is no record.
 * @throws {MigratorError} `E_JOURNAL_DAMAGED` if anything else is not as it was written, or where the journal is gone
 * and old files stand aside
 */
export function readJournal(plan: OpenPlan): ReadJournal {
  const start = chainStart(plan.sha256);
  const read = readCommitted(plan);
  const committed = read === 'damaged' ? undefined : read;
  const end = { lines: 0, hash: start, at: 0, version: 2 as 1 | 2 };
  let hashAtCommitted = committed?.lines === 0 ? start : undefined;
  function* records(): Generator<PlacedRecord> {
    if (!isThere(plan)) return;
    for (const { text, at, isWhole } of rawLines(journalPath(plan))) {
      if (!isWhole) return;
      if (end.lines === 0 && text.startsWith('{"t":"begin"')) end.version = 1;
      let record: JournalRecord | undefined;
      if (end.version === 1) record = decodeOldLine(text);
      else {
        const line = decodeLine(text, end.lines, end.hash);
        record = line?.record;
        end.hash = line?.hash ?? '';
      }
      if (record === undefined) throw damaged(plan, `is damaged in line ${end.lines + 1}`, end.lines + 1);
      if (record.t === 'begin' && record.sha256 !== undefined && record.sha256 !== plan.sha256)
        throw damaged(plan, 'belongs to another plan', 1);
      yield { record, at };
      end.lines += 1;
      end.at = at + Buffer.byteLength(text) + 1;
      if (end.lines === committed?.lines) hashAtCommitted = end.hash;
    }
  }
  const ledger = replay(plan, records());
  if (end.version === 2) {
    if (read === 'damaged') throw damaged(plan, 'has a damaged count of its lines beside it');
    if (committed === undefined && end.lines > 0) throw damaged(plan, 'lacks the count of its lines beside it');
    if (committed !== undefined && committed.hash !== hashAtCommitted)
      throw damaged(plan, `has ${end.lines} whole lines, and had ${committed.lines} that were written`);
  }
  if (ledger.phase === 'none') assertNothingAside(plan);
  return { ledger, end };
}

/** @throws {MigratorError} `E_JOURNAL_DAMAGED` if old files of this plan stand aside and no journal tells of them */
function assertNothingAside(plan: OpenPlan): void {
  const aside = new Set(filesBelow(asideFolder(plan)));
  if (aside.size === 0) return;
  let count = 0;
  // What has no name of the plan's is somebody else's.
  for (const { file } of plannedFiles(plan.path)) if (aside.has(file.file)) count += 1;
  if (count > 0)
    throw damaged(plan, `is gone, and ${count} old files are aside in ${escapeTerminal(asideFolder(plan))}`);
}

function isThere(plan: OpenPlan): boolean {
  const stat = lstatSync(journalPath(plan), { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (!stat.isFile()) throw damaged(plan, 'is not a file');
  return true;
}

function readCommitted(plan: OpenPlan): Committed | 'damaged' | undefined {
  const path = committedPath(plan);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  // A run that was killed before it wrote anything leaves an empty one.
  if (stat === undefined || (stat.isFile() && stat.size === 0)) return undefined;
  return stat.isFile() && stat.size < 4096 ? (decodeCommitted(readFileSync(path, 'utf8')) ?? 'damaged') : 'damaged';
}

/** Reads single records of a journal again, by their places. */
export class RecordReader {
  private readonly plan: OpenPlan;
  private file: number | undefined;

  constructor(plan: OpenPlan) {
    this.plan = plan;
  }

  /** @throws {MigratorError} `E_JOURNAL_DAMAGED` if it is not there any more */
  read<T extends JournalRecord['t']>(at: number, name: T): JournalRecord & { readonly t: T } {
    const record = this.readAny(at);
    if (record.t !== name) throw damaged(this.plan, 'was changed while it was read');
    return record as JournalRecord & { readonly t: T };
  }

  readAny(at: number): JournalRecord {
    if (this.file === undefined && existsSync(journalPath(this.plan)))
      this.file = openSync(journalPath(this.plan), 'r');
    const record = this.file === undefined ? undefined : recordOf(lineAt(this.file, at));
    if (record === undefined) throw damaged(this.plan, 'was changed while it was read');
    return record;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}
