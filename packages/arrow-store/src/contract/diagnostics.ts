import { channel } from 'node:diagnostics_channel';
import type { EntryState } from './entry-facts.ts';

/** An entry was asked for. */
export interface LoadMessage {
  /** Path of the entry below the root. */
  readonly path: string;
  /** Which layout answered, or that none did. */
  readonly result: 'new' | 'old' | 'miss';
  readonly rows: number;
  /** Bytes of the columns that were answered. */
  readonly bytes: number;
  readonly durationMs: number;
}

/** An entry was saved. */
export interface SaveMessage {
  readonly path: string;
  readonly state: EntryState;
  readonly rows: number;
  /** Bytes that were written; 0 where the entry was already what it should be. */
  readonly bytes: number;
  readonly conflicts: number;
  readonly durationMs: number;
}

/** A damaged file was moved aside, or something was left as it is that a person should look at. */
export interface ProblemMessage {
  readonly path: string;
  readonly kind: 'quarantined' | 'unsealed' | 'old-refused' | 'not-quarantined';
  /** Code of the {@link ArrowStoreError}. */
  readonly code: string;
  readonly message: string;
  /** Where the file is now, if it was moved. */
  readonly movedTo?: string | undefined;
}

/** Names of the channels of `node:diagnostics_channel`. Without a subscriber nothing is made or published. */
export const CACHE_CHANNELS = {
  load: 'vision-cache.arrow-store.load',
  save: 'vision-cache.arrow-store.save',
  problem: 'vision-cache.arrow-store.problem',
} as const;

export const loadChannel = channel(CACHE_CHANNELS.load);
export const saveChannel = channel(CACHE_CHANNELS.save);
export const problemChannel = channel(CACHE_CHANNELS.problem);
