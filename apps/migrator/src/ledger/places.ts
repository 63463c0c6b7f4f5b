import { join } from 'node:path';
import { HIDDEN } from '../contract/safe-path.ts';
import type { OpenPlan } from '../plan/open-plan.ts';

type Named = Pick<OpenPlan, 'header' | 'id'>;

/** Where a migration keeps its journal, below the new root. Pure, as all here. */
export const journalFolder = ({ header, id }: Named): string => join(header.to, HIDDEN, 'journal', `migration-${id}`);
export const journalPath = (plan: Named): string => join(journalFolder(plan), 'journal.jsonl');
/** How many lines the journal has at least: a journal that lost its end is told from one that never had it. */
export const committedPath = (plan: Named): string => join(journalFolder(plan), 'committed');
/** Room for the next records. */
export const reservedPath = (plan: Named): string => join(journalFolder(plan), 'reserved');
/** A block that rollback and finish give back first, so that they can make their own mark on a full disk. */
export const sparePath = (plan: Named): string => join(journalFolder(plan), 'spare');
export const backupFolder = (plan: Named): string => join(journalFolder(plan), 'before');
export const backupPath = (plan: Named, number: number): string => join(backupFolder(plan), String(number));
/**
 * There from before a rollback's first change until its last: outcomes in the journal are no longer true then, and only
 * another rollback may go on. A file of its own without a byte, because a rollback must be possible on a full disk.
 */
export const rollbackMark = (plan: Named): string => join(journalFolder(plan), 'rolling-back');
/** What is left of a journal in the last steps of a rollback, below the folder that stays. */
export const rolledBackName = ({ id }: Named): string => `.vision-cache-rolled-back-${id}`;
/** Where old files go that are moved aside, below the old root: each under its own path. */
export const asideFolder = ({ header, id }: Named): string => join(header.from, HIDDEN, 'migrated', id);
export const asidePath = (plan: Named, file: string): string => join(asideFolder(plan), file);
