import { MigratorError } from '../contract/migrator-error.ts';
import { RESUMABLE } from '../contract/outcome.ts';
import type { OpenPlan } from '../plan/open-plan.ts';
import {
  type BeginRecord, type FilePhase, type IntentRecord, type JournalRecord, type KeptRecord, type Phase, filePhaseAfter,
  phaseAfter,
} from './records.ts'; // prettier-ignore

/** A record, and where it begins in its journal. */
export interface PlacedRecord {
  readonly record: JournalRecord;
  readonly at: number;
}

/**
 * What a journal says on the whole, folded once. Of each file it holds a few numbers, not its records: those are read
 * again at their places when they are needed.
 */
export interface MigrationLedger {
  readonly phase: Phase;
  readonly begin: BeginRecord | undefined;
  /** Folders below the new root that apply made, in their order. */
  readonly folders: readonly string[];
  /** Place of each file's last outcome; -1 for none. */
  readonly outcomeAt: Float64Array;
  /** Place of each file's last intent; -1 for none. */
  readonly intentAt: Float64Array;
  /** Place of the record with which each file was moved aside; -1 for one that was not, or that was kept. */
  readonly asideAt: Float64Array;
  /** Old files that could not be moved aside, by their ordinals. */
  readonly kept: ReadonlyMap<number, KeptRecord>;
  /** What a killed run was writing: intents without an outcome. */
  readonly intents: ReadonlyMap<number, IntentRecord>;
  /** Places of intents, and of outcomes that wrote something, oldest first. */
  readonly writeAt: readonly number[];
  /** Files without a seal that stood at new paths and were replaced: the number of the copy of each. */
  readonly replaced: ReadonlyMap<string, number>;
  /** The numbers of all copies that records name. */
  readonly backups: ReadonlySet<number>;
  /** The number that the next copy gets. */
  readonly nextBackup: number;
  /** Files whose last outcome another run may change. */
  readonly resumable: number;
}

const PHASES: readonly FilePhase[] = ['untouched', 'announced', 'done', 'aside', 'aside-announced'];

/**
 * The only loop over a journal.
 * @throws {MigratorError} `E_JOURNAL_DAMAGED` if a record comes that is not legal
 */
export function replay(
  plan: Pick<OpenPlan, 'path' | 'totals' | 'header'>,
  records: Iterable<PlacedRecord>,
): MigrationLedger {
  const { files } = plan.totals;
  const none = () => new Float64Array(files).fill(-1);
  const [outcomeAt, intentAt, asideAt] = [none(), none(), none()];
  const phases = new Uint8Array(files);
  const isResumable = new Uint8Array(files);
  const kept = new Map<number, KeptRecord>();
  const intents = new Map<number, IntentRecord>();
  const replaced = new Map<string, number>();
  const backups = new Set<number>();
  const folders: string[] = [];
  const writeAt: number[] = [];
  let begin: BeginRecord | undefined;
  let phase: Phase = 'none';
  let nextBackup = 0;
  let number = 0;

  const refuse = (record: JournalRecord): never => {
    const message = `The journal of ${plan.path} is damaged: record ${number}, "${record.t}", is not allowed there.`;
    throw new MigratorError('E_JOURNAL_DAMAGED', message, { path: plan.path, line: number });
  };
  const ofFile = (record: JournalRecord & { readonly i: number }): void => {
    const known = phases[record.i];
    const next = known === undefined ? undefined : filePhaseAfter(PHASES[known]!, record.t as 'done');
    if (next === undefined) refuse(record);
    else phases[record.i] = PHASES.indexOf(next);
  };
  const countBackup = (backup: number | null): void => {
    if (backup === null) return;
    backups.add(backup);
    nextBackup = Math.max(nextBackup, backup + 1);
  };

  for (const { record, at } of records) {
    phase = phaseAfter(phase, record.t) ?? refuse(record);
    if ('i' in record) ofFile(record);
    switch (record.t) {
      case 'begin':
        begin = record;
        break;
      case 'folders':
        for (const folder of record.made) folders.push(folder);
        break;
      case 'intent':
        intentAt[record.i] = at;
        intents.set(record.i, record);
        writeAt.push(at);
        for (const { backup } of record.to) countBackup(backup);
        break;
      case 'done':
        outcomeAt[record.i] = at;
        isResumable[record.i] = Number(RESUMABLE.has(record.outcome.fate));
        intents.delete(record.i);
        if (record.outcome.wrote.length > 0) writeAt.push(at);
        for (const { path, before, backup } of record.outcome.wrote) {
          countBackup(backup);
          if (backup !== null && before?.startsWith('bytes:') === true && !replaced.has(path))
            replaced.set(path, backup);
        }
        break;
      case 'remove':
        asideAt[record.i] = at;
        kept.delete(record.i);
        break;
      case 'kept':
        asideAt[record.i] = -1;
        kept.set(record.i, record);
        break;
      case 'end':
      case 'finish':
        break;
      default:
        record satisfies never;
    }
    number += 1;
  }
  const resumable = isResumable.reduce((sum, each) => sum + each, 0);
  return {
    phase,
    begin,
    folders,
    outcomeAt,
    intentAt,
    asideAt,
    kept,
    intents,
    writeAt,
    replaced,
    backups,
    nextBackup,
    resumable,
  };
}

/** How many old files a journal says were moved aside. Pure. */
export const countAside = ({ asideAt }: MigrationLedger): number =>
  asideAt.reduce((sum, at) => sum + Number(at !== -1), 0);
