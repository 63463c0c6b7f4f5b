import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** Who holds a lease: enough to tell, on the same machine, whether that process still lives. */
export interface ProcessIdentity {
  readonly host: string;
  readonly boot: string;
  readonly pid: number;
  /** When the process started, in the system's own count: a pid is given again, with another start. */
  readonly started: string;
  /** Of a worker; 0 for the main thread. */
  readonly thread: number;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Field 22 of /proc/PID/stat, counted behind the name, which may hold blanks and brackets. Empty where there is no /proc. */
function startOf(pid: number): string {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  own ??= {
    host: hostname(),
    boot: read('/proc/sys/kernel/random/boot_id'),
    pid: process.pid,
    started: startOf(process.pid),
    thread: threadId,
  };
  return own;
}

export function isThisThread({ host, boot, pid, started, thread }: ProcessIdentity): boolean {
  const self = thisProcess();
  return (
    pid === self.pid && started === self.started && thread === self.thread && host === self.host && boot === self.boot
  );
}

/** Whether a process lives: `unknown` where it runs on another machine, or nothing can tell. */
export function isAlive(identity: ProcessIdentity): boolean | 'unknown' {
  const self = thisProcess();
  if (identity.host !== self.host) return 'unknown';
  if (identity.boot !== self.boot) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ESRCH') return false;
  }
  const started = startOf(identity.pid);
  if (started === '' || identity.started === '') return 'unknown';
  // A process may outlive its worker.
  if (started === identity.started && identity.thread !== 0) return 'unknown';
  return started === identity.started;
}
