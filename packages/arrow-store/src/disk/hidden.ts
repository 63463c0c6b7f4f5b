import { createHash, randomBytes } from 'node:crypto';
import { HIDDEN_FOLDERS } from './hidden-names.ts';
import { type ProcessIdentity, isAlive, thisProcess } from './process-identity.ts';

export const {
  tmp: TMP,
  quarantine: QUARANTINE,
  leases: LEASES,
  absent: ABSENT,
  symbols: SYMBOLS,
  invalidated: INVALIDATED,
} = HIDDEN_FOLDERS;

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

const placeOf = ({ host, boot, namespace }: ProcessIdentity): string => digest(`${host} ${boot} ${namespace}`, 16);

/** `PLACE-PID-START-TASK-START-RANDOM-NUMBER`: who writes the file, so that a sweep can tell whether that thread lives. */
export function temporaryName(): string {
  const self = thisProcess();
  const { pid, started, task, taskStarted } = self;
  owner ??= `${placeOf(self)}-${pid}-${started || 0}-${task}-${taskStarted || 0}-${randomBytes(4).toString('hex')}`;
  return `${owner}-${made++}`;
}

/** How long a temporary file is left alone whose writer cannot be asked: of another machine, or of another naming. */
export const UNKNOWN_LEFT_ALONE_MS = 24 * 3_600_000;

/** Whether nobody writes a temporary file any more. */
export function isDeadTemporary(name: string, changedMs: number, nowMs: number): boolean {
  const [place, pid, started = '0', task, taskStarted = '0', , number] = name.split('-');
  const self = thisProcess();
  if (number !== undefined && place === placeOf(self)) {
    const [given, givenTask] = [started === '0' ? '' : started, taskStarted === '0' ? '' : taskStarted];
    // A temporary name does not say which of Node's threads it is of; the system's number does where there is one.
    const thread = Number(task) === 0 ? -1 : 0;
    const alive = isAlive({ ...self, pid: Number(pid), started: given, thread, task: Number(task), taskStarted: givenTask }); // prettier-ignore
    if (alive !== 'unknown') return !alive;
  }
  return Math.abs(nowMs - changedMs) > UNKNOWN_LEFT_ALONE_MS;
}
