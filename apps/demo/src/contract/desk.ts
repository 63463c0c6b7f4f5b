import type {
  Coverage,
  EntryDetails,
  FetchPlan,
  MigrationStep,
  MigrationView,
  Setup,
  StoredIntervals,
  Verification,
} from './api.ts';

/** What outside input says of a series; nothing of it is trusted. */
export interface UncheckedSeries {
  readonly marketType: string;
  readonly symbol: string;
  readonly interval: string;
}

export interface EntryBytes {
  /** `file`: as it lies on disk. `columns`: an old file's rows, decoded, each column as little-endian doubles. */
  readonly form: 'file' | 'columns';
  readonly bytes: Uint8Array;
}

export interface Range extends UncheckedSeries {
  readonly from: number;
  readonly to: number;
}

export interface Dated extends UncheckedSeries {
  readonly date: string;
}

/** What the page can ask for. Input comes as it was sent: each checks it where it makes a key of it. */
export interface DemoDesk {
  readonly setup: Setup;
  stored(of: Omit<UncheckedSeries, 'interval'>): Promise<StoredIntervals>;
  coverage(range: Range): Promise<Coverage>;
  facts(entry: Dated): Promise<EntryDetails>;
  bytes(entry: Dated): Promise<EntryBytes>;
  plan(range: Range): Promise<FetchPlan>;
  startFetch(range: Range): string;
  cancelFetch(job: string): Promise<void>;
  verify(entry: Dated): Promise<Verification>;
  invalidate(entry: Dated): Promise<void>;
  migrate(step: MigrationStep): Promise<MigrationView>;
}
