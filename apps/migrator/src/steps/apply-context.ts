import { join } from 'node:path';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { GroupBytes } from '../disk/group-bytes.ts';
import type { IntentRecord, Journal } from './journal.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { OpenPlan } from '../plan/plan-file.ts';
import { ReusedBytes } from '../disk/reused-bytes.ts';

export interface ContextOptions {
  readonly oldFiles?: 'keep' | 'remove' | undefined;
  readonly durability?: 'group' | 'none' | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly now?: (() => number) | undefined;
}

/** Of old files that are handled together; a larger one is a group of its own. */
export const GROUP_BYTES = 32 * 1024 * 1024;

/** What the steps of an apply share. */
export class ApplyContext {
  readonly plan: OpenPlan;
  readonly journal: Journal;
  readonly store: UnifiedCacheManager;
  readonly durable: boolean;
  readonly removes: boolean;
  readonly now: () => number;
  readonly signal: AbortSignal | undefined;
  /** What a killed run was writing. */
  readonly intents: ReadonlyMap<number, IntentRecord>;
  /** Folders of the new tree that are known to be there. */
  readonly folders = new Set<string>();
  /** For what is compared and then forgotten. */
  readonly readBack = new ReusedBytes();
  /** For the old files of a group, in which their rows stay. */
  readonly readOld = new GroupBytes(GROUP_BYTES);
  /** Whether this run recorded anything. */
  changed = false;
  private nextBackup: number;

  constructor(
    plan: OpenPlan,
    journal: Journal,
    options: ContextOptions,
    intents: ReadonlyMap<number, IntentRecord>,
    nextBackup: number,
  ) {
    this.plan = plan;
    this.journal = journal;
    this.durable = options.durability !== 'none';
    this.removes = options.oldFiles === 'remove';
    this.now = options.now ?? Date.now;
    this.signal = options.signal;
    this.intents = intents;
    this.nextBackup = nextBackup;
    this.store = new UnifiedCacheManager({
      root: plan.header.to,
      // Old files are read by the migrator itself, with their market, layout and index.
      readLegacy: 'off',
      durability: this.durable ? 'group' : 'none',
      now: this.now,
    });
  }

  oldPath(file: string): string {
    return join(this.plan.header.from, file);
  }

  newPath(path: string): string {
    return join(this.plan.header.to, path);
  }

  takeBackupNumber(): number {
    return this.nextBackup++;
  }

  /** Records an outcome, unless the same stands there already: a second run changes nothing. */
  settle(i: number, outcome: Outcome, before: Outcome | undefined): void {
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(outcome)) return;
    this.journal.add({ t: 'done', i, outcome });
    this.changed = true;
  }
}

export function openContext(...args: ConstructorParameters<typeof ApplyContext>): ApplyContext {
  return new ApplyContext(...args);
}
