import { createHash, randomBytes } from 'node:crypto';
import { HIDDEN } from './disk.ts';

/** Files that are being written. */
export const TMP = `${HIDDEN}/tmp`;
/** Damaged files, each with a file that says why. */
export const QUARANTINE = `${HIDDEN}/quarantine`;
/** Who reads and then writes an entry. */
export const LEASES = `${HIDDEN}/leases`;
/** What a source does not have. */
export const ABSENT = `${HIDDEN}/absent`;
/** Old files that no longer count. */
export const INVALIDATED = `${HIDDEN}/invalidated`;

/** A short name that no other process chooses: a long one might not fit where the entry's own name does. */
export const randomName = (): string => randomBytes(9).toString('hex');

/** The record beside an entry's path, in a hidden folder of records. */
export const recordPath = (folder: string, entryPath: string): string => `${folder}/${entryPath}.json`;

/** A name of fixed length for an entry: as a path, its folders would have to be made for a moment's use. */
export const shortName = (entryPath: string): string => createHash('sha256').update(entryPath).digest('hex').slice(0, 32);
