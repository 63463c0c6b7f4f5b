import { type Outcome, type Written, withoutRows } from '../contract/outcome.ts';
import type { DoneRecord, IntentRecord, JournalRecord } from '../ledger/records.ts';
import { type MigrationLedger, type PlacedRecord, replay } from '../ledger/replay.ts';

export const SHA = 'a'.repeat(64);
export const PATH = 'binance/spot/klines/daily/BTCUSDT/1h/2024-01-01.arrow';
export const OTHER = 'binance/spot/klines/daily/ETHUSDT/1h/2024-01-01.arrow';
export const SEAL = `seal:${'b'.repeat(64)}`;
export const BYTES = `bytes:${'c'.repeat(64)}`;

export const wrote = (path = PATH, backup: number | null = null, before: string | null = null): Written => ({
  path,
  before: backup === null ? before : (before ?? BYTES),
  backup,
  after: SEAL,
});

const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  ...withoutRows('migrated', '', '', 0),
  rowsIn: 3,
  rowsOut: 3,
  refused: 0,
  targets: [{ path: PATH, rows: 3 }],
  wrote: [wrote()],
  ...more,
});

export const begin: JournalRecord = { t: 'begin', plan: '/plan', sha256: SHA, fresh: [] };
export const intent = (i: number, more: Partial<IntentRecord> = {}): IntentRecord => ({
  t: 'intent',
  i,
  sha256: SHA,
  to: [{ path: PATH, before: null, backup: null }],
  ...more,
});
export const done = (i: number, more: Partial<Outcome> = {}, rest: Partial<DoneRecord> = {}): DoneRecord => ({
  t: 'done',
  i,
  outcome: outcome(more),
  ...rest,
});
export const remove = (i: number): JournalRecord => ({ t: 'remove', i, file: `file-${i}` });
export const kept = (i: number): JournalRecord => ({ t: 'kept', i, file: `file-${i}`, why: 'occupied' });

/** Records with the places that they would have, a hundred apart. */
const placed = (records: readonly JournalRecord[]): PlacedRecord[] =>
  records.map((record, index) => ({ record, at: index * 100 }));

export function replayed(
  files: number,
  ...records: JournalRecord[]
): { readonly ledger: MigrationLedger; readonly read: (at: number) => JournalRecord } {
  const plan = { path: '/plan', totals: { files }, header: {} } as unknown as Parameters<typeof replay>[0];
  return { ledger: replay(plan, placed(records)), read: (at) => records[at / 100]! };
}
