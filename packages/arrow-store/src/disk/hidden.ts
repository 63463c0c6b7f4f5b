import { createHash, randomBytes } from 'node:crypto';
import { HIDDEN } from './disk.ts';
import { isAlive, thisProcess } from './process-identity.ts';

/** Files that are being written. */
export const TMP = `${HIDDEN}/tmp`;
/** Damaged files, each with a file that says why. */
export const QUARANTINE = `${HIDDEN}/quarantine`;
/** Who reads and then writes an entry. */
export const LEASES = `${HIDDEN}/leases`;
/** What a source does not have. */
export const ABSENT = `${HIDDEN}/absent`;
/** Which symbols a source lists, and when it was asked. */
export const SYMBOLS = `${HIDDEN}/symbols`;
/** Old files that no longer count. */
export const INVALIDATED = `${HIDDEN}/invalidated`;

/** A short name that no other process chooses: a long one might not fit where the entry's own name does. */
export const randomName = (): string => randomBytes(9).toString('hex');

const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** The record beside an entry's path, in a hidden folder of records. */
export const recordPath = (folder: string, entryPath: string): string => `${folder}/${entryPath}.json`;

/** A name of fixed length for an entry: as a path, its folders would have to be made for a moment's use. */
export const shortName = (entryPath: string): string => digest(entryPath, 32);

let owner: string | undefined;
let made = 0;

/** `HOST-BOOT-PID-START-NUMBER`: who writes the file, so that a sweep can tell whether that process still lives. */
export function temporaryName(): string {
  const { host, boot, pid, started } = thisProcess();
  owner ??= `${digest(host, 8)}-${digest(boot, 8)}-${pid}-${started || 0}-${randomBytes(4).toString('hex')}`;
  return `${owner}-${made++}`;
}

/** How long a temporary file is left alone whose writer cannot be asked: of another machine, or of another naming. */
const UNKNOWN_LEFT_ALONE_MS = 24 * 3_600_000;

/** Whether nobody writes a temporary file any more. */
export function isDeadTemporary(name: string, changedMs: number, nowMs: number): boolean {
  const [host, boot, pid, started] = name.split('-');
  const self = thisProcess();
  if (host === digest(self.host, 8) && pid !== undefined && started !== undefined && /^[1-9]\d*$/.test(pid)) {
    if (boot !== digest(self.boot, 8)) return true;
    const alive = isAlive({ ...self, pid: Number(pid), started: started === '0' ? '' : started });
    if (alive !== 'unknown') return !alive;
  }
  return Math.abs(nowMs - changedMs) > UNKNOWN_LEFT_ALONE_MS;
}
