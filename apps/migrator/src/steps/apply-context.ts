import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import type { Outcome } from '../contract/outcome.ts';
import { ReusedBytes } from '../disk/reused-bytes.ts';
import type { DoneRecord, IntentRecord, SeenFile } from '../ledger/records.ts';
import type { MigrationLedger } from '../ledger/replay.ts';
import type { Trees } from '../new-cache/trees.ts';
import type { OpenPlan } from '../plan/open-plan.ts';
import type { Journal } from './journal.ts';

export interface ContextOptions {
  readonly oldFiles?: 'keep' | 'remove' | undefined;
  readonly durability?: 'group' | 'none' | undefined;
  readonly now?: (() => number) | undefined;
}

export interface ContextGiven {
  readonly plan: OpenPlan;
  readonly trees: Trees;
  readonly journal: Journal<'applying'>;
  readonly ledger: Pick<MigrationLedger, 'intents' | 'replaced' | 'nextBackup' | 'asideAt'>;
}

/** What the steps of an apply share. */
export class ApplyContext {
  readonly plan: OpenPlan;
  readonly trees: Trees;
  readonly journal: Journal<'applying'>;
  readonly store: UnifiedCacheManager;
  readonly durable: boolean;
  readonly removes: boolean;
  readonly now: () => number;
  readonly intents: ReadonlyMap<number, IntentRecord>;
  readonly replaced: ReadonlyMap<string, number>;
  /** Which files earlier runs moved aside. */
  readonly asideAt: Float64Array;
  /** For what is compared and then forgotten. */
  readonly readBack = new ReusedBytes();
  /** Folders whose names changed since the last wait for the disk. */
  readonly moved = new Set<string>();
  /** Whether this run recorded anything. */
  changed = false;
  private nextBackup: number;

  constructor({ plan, trees, journal, ledger }: ContextGiven, options: ContextOptions) {
    this.plan = plan;
    this.trees = trees;
    this.journal = journal;
    this.durable = options.durability !== 'none';
    this.removes = options.oldFiles === 'remove';
    this.now = options.now ?? Date.now;
    ({ intents: this.intents, replaced: this.replaced, asideAt: this.asideAt } = ledger);
    this.nextBackup = ledger.nextBackup;
    this.store = new UnifiedCacheManager({
      root: plan.header.to,
      // Old files are read by the migrator itself, with their market, layout and index.
      readLegacy: 'off',
      durability: this.durable ? 'group' : 'none',
      now: this.now,
    });
  }

  takeBackupNumber(): number {
    return this.nextBackup++;
  }

  /** Records an outcome, unless the same stands there already: a second run changes nothing. */
  settle(
    i: number,
    outcome: Outcome,
    before: DoneRecord | undefined,
    seen?: SeenFile,
    holds?: readonly string[],
  ): void {
    const record: DoneRecord = {
      t: 'done',
      i,
      outcome,
      ...(seen === undefined ? {} : { seen }),
      ...(holds === undefined ? {} : { holds }),
    };
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(record)) return;
    this.journal.add(record);
    this.changed = true;
  }
}
