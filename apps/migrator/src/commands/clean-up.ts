import { existsSync, lstatSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CACHE_TAG, ROOT_MARKER } from '@vision-cache/arrow-store';
import { listFolder, removeIfEmpty, removeOwn } from '../disk/empty-folders.ts';
import { HIDDEN } from '../contract/safe-path.ts';
import { rawLines } from '../disk/json-lines.ts';
import { sweepRoot } from '../disk/sweep-root.ts';
import { syncPath } from '../disk/sync-path.ts';
import { recordOf } from '../ledger/journal-line.ts';
import {
  backupFolder, committedPath, journalFolder, journalPath, reservedPath, rollbackMark, rolledBackName, sparePath,
} from '../ledger/places.ts'; // prettier-ignore
import type { MadePlace } from '../ledger/records.ts';
import type { OpenPlan } from '../plan/open-plan.ts';
import type { Migration } from './open-migration.ts';

/** What the store keeps in its hidden folder besides data. */
const STORE_FOLDERS = ['leases', 'tmp'];

/** The nearest folder at or above the new root that a migration did not make: what is left of a journal may stay there. */
function lastingFolder({ header }: OpenPlan, fresh: readonly MadePlace[]): string {
  const made = new Set(fresh.filter(([side]) => side === 'to').map(([, name]) => name));
  let folder = header.to;
  if (!made.has('')) return folder;
  folder = dirname(folder);
  for (let name = '..'; made.has(name); name = join(name, '..')) folder = dirname(folder);
  return folder;
}

/** What is left of a journal whose rollback was stopped in its last steps; undefined if nothing is. */
export function findResidue(plan: OpenPlan): string | undefined {
  for (let folder = plan.header.to; ; folder = dirname(folder)) {
    const path = join(folder, rolledBackName(plan));
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * The last step of a rollback under its lock: the journal's folder leaves the hidden folder in one step, and keeps what the
 * roots did not hold before until all of that is gone. Copies that were kept for the user stay where they are.
 * @returns where it is now
 */
export function removeJournal({ plan, ledger }: Migration): string | undefined {
  const folder = journalFolder(plan);
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return findResidue(plan);
  removeIfEmpty(backupFolder(plan));
  const others = listFolder(folder).filter(({ name }) => !OWN_NAMES.has(name));
  if (others.length > 0) {
    // Only a copy, or a file of somebody else, is left there: without its journal, nothing refers to it.
    removeOwnFiles(plan, folder);
    return undefined;
  }
  const lasting = lastingFolder(plan, ledger.begin?.fresh ?? []);
  const residue = join(lasting, rolledBackName(plan));
  renameSync(folder, residue);
  for (const each of [dirname(folder), lasting]) syncPath(each);
  return residue;
}

/**
 * Removes second names of files that still stand under their first: a run that was killed before it recorded them made them
 * and replaced nothing.
 */
export function removeOrphanCopies({ plan, ledger }: Pick<Migration, 'plan' | 'ledger'>): void {
  for (const { name } of listFolder(backupFolder(plan))) {
    const path = join(backupFolder(plan), name);
    const stat = lstatSync(path);
    const isOrphan = /^\d+$/.test(name) && !ledger.backups.has(Number(name));
    if (isOrphan && stat.isFile() && stat.nlink > 1) removeOwn(path);
  }
}

const OWN_NAMES: ReadonlySet<string> = new Set(['rolling-back', 'reserved', 'spare', 'committed', 'journal.jsonl']);

/** The journal's own files; the mark goes after the outcomes that it makes void. */
function removeOwnFiles(plan: OpenPlan, folder: string): void {
  for (const path of [committedPath, journalPath, reservedPath, sparePath, rollbackMark])
    removeOwn(path(plan).replace(journalFolder(plan), folder));
  removeIfEmpty(folder);
}

/** Removes the machinery that was not there before, as far as nothing else is in it, and what is left of the journal. */
export async function removeResidue(plan: OpenPlan, residue: string | undefined): Promise<void> {
  const { from, to } = plan.header;
  const { fresh, folders } = residue === undefined ? NOTHING_MADE : madePlaces(join(residue, 'journal.jsonl'));
  const isFresh = (side: 'from' | 'to', name: string) => fresh.some(([each, path]) => each === side && path === name);
  // A killed process may have left temporary files in either root.
  for (const root of new Set([to, from])) if (listFolder(join(root, HIDDEN, 'tmp')).length > 0) await sweepRoot(root);
  // Others keep entries there by now, and need what marks it as a cache.
  const isInUse = folders.some((folder) => existsSync(join(to, folder)));
  for (const [side, root] of [
    ['to', to],
    ['from', from],
  ] as const) {
    if (isInUse && root === to) continue;
    if (isFresh(side, HIDDEN)) await removeMachinery(root);
    if (isFresh(side, CACHE_TAG)) removeOwn(join(root, CACHE_TAG));
  }
  for (const root of new Set([to, from])) removeEmptyHidden(root);
  for (const [side, name] of [...fresh].sort((left, right) => left[1].length - right[1].length))
    if (name === '' || name.startsWith('..')) removeIfEmpty(join(plan.header[side], name));
  if (residue === undefined) return;
  for (const name of OWN_NAMES) if (name !== 'journal.jsonl') removeOwn(join(residue, name));
  // Last, because it tells what is left to do.
  removeOwn(join(residue, 'journal.jsonl'));
  removeIfEmpty(join(residue, 'before'));
  removeIfEmpty(residue);
}

interface MadePlaces {
  readonly fresh: readonly MadePlace[];
  readonly folders: readonly string[];
}

const NOTHING_MADE: MadePlaces = { fresh: [], folders: [] };

/** What a journal says that the roots did not hold before. */
function madePlaces(path: string): MadePlaces {
  if (!existsSync(path)) return NOTHING_MADE;
  const fresh: MadePlace[] = [];
  const folders: string[] = [];
  for (const { text, isWhole } of rawLines(path)) {
    const record = isWhole ? recordOf(text) : undefined;
    if (record?.t === 'begin') fresh.push(...record.fresh);
    if (record?.t === 'folders') folders.push(...record.made);
  }
  return { fresh, folders };
}

async function removeMachinery(root: string): Promise<void> {
  const hidden = join(root, HIDDEN);
  if (lstatSync(hidden, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  await removeUnwrittenLeases(join(hidden, 'leases'));
  for (const name of ['migrated', 'journal', ...STORE_FOLDERS]) removeIfEmpty(join(hidden, name));
  if (listFolder(hidden).every(({ name }) => name === basename(ROOT_MARKER)))
    removeOwn(join(hidden, basename(ROOT_MARKER)));
}

/** How long a living process may take between creating a lease and writing who it is; it takes microseconds. */
const UNWRITTEN_MS = 1000;

/** On a file system without second names, a process that was killed in that moment leaves a lease of nobody, which the store believes for half a minute. */
async function removeUnwrittenLeases(folder: string): Promise<void> {
  const unwritten = (): string[] =>
    existsSync(folder)
      ? readdirSync(folder).filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === 0)
      : [];
  const before = unwritten();
  if (before.length === 0) return;
  await setTimeout(UNWRITTEN_MS);
  for (const name of unwritten()) if (before.includes(name)) removeOwn(join(folder, name));
}

/** The hidden folder of a root that nothing else uses. */
export function removeEmptyHidden(root: string): void {
  for (const name of ['migrated', 'journal', ...STORE_FOLDERS, '']) removeIfEmpty(join(root, HIDDEN, name));
}
