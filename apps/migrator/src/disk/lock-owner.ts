import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a lock: enough to tell, within one machine and one namespace of process numbers, whether it still lives. */
export interface LockOwner {
  readonly host: string;
  readonly boot?: string;
  /** The namespace in which `pid` counts: containers of one host have one host name, and each counts its own. */
  readonly namespace?: string;
  readonly pid: number;
  /** When the process started, in the system's own count: a number is given again. */
  readonly started: string;
  /** Another one for each lock that is taken. */
  readonly token?: string;
}

function readQuietly(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** Fields 3 and 22 of /proc/PID/stat, counted behind the name; empty where there is no /proc, or no such process. */
function processOf(pid: number): { readonly state: string; readonly started: string } {
  const text = readQuietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

export function thisOwner(token: string): LockOwner {
  return {
    host: hostname(),
    boot: readQuietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    namespace: readQuietly(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    started: processOf(process.pid).started,
    token,
  };
}

/** Whether a process of this namespace runs under a number. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ESRCH';
  }
}

/**
 * Whether the owner of a lock is known to be dead. One that cannot be asked (of another host, or of another namespace)
 * is not; one from before this machine started is, where its lock has given no sign of life for a while.
 */
export function isDead(owner: LockOwner, isSilent: () => boolean): boolean {
  const self = thisOwner('');
  if (owner.host !== self.host) return false;
  if (owner.boot !== undefined && owner.boot !== self.boot) return isSilent();
  if (owner.namespace !== undefined && owner.namespace !== self.namespace) return false;
  if (!Number.isSafeInteger(owner.pid) || owner.pid < 1) return false;
  if (!runs(owner.pid)) return true;
  const { state, started } = processOf(owner.pid);
  // Killed, and nobody has asked how it ended: it keeps its number, in a container without an init for ever.
  if (state === 'Z' || state === 'X') return true;
  return started !== '' && owner.started !== '' && started !== owner.started;
}
