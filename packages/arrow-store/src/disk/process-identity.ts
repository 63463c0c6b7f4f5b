import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/**
 * Who holds a lease or writes a file: enough to tell whether that thread still lives, or that nobody here can tell. On
 * Linux it is known by the numbers of its process and thread and when they started, which count within one PID namespace
 * of one boot. Elsewhere, and of what cannot be read, a text is empty and a number 0.
 */
export interface ProcessIdentity {
  readonly host: string;
  readonly boot: string;
  /** The PID namespace: in another one the same number is another process. */
  readonly namespace: string;
  readonly pid: number;
  /** When the process started, in the system's own count: a pid is given again, with another start. */
  readonly started: string;
  /** Node's number of a worker; 0 for the main thread. */
  readonly thread: number;
  /** The system's number of the thread, and when it started: a process may outlive its worker. */
  readonly task: number;
  readonly taskStarted: string;
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

const textOf = (path: string): string => attempt(() => readFileSync(path, 'utf8').trim());

interface Standing {
  /** One letter: `Z` and `X` are dead, though nobody has asked yet how it ended. */
  readonly state: string;
  readonly started: string;
}

/** Fields 3 and 22 of a `stat` file of /proc, counted behind the name, which may hold blanks and brackets. */
function standingOf(path: string): Standing | undefined {
  const text = textOf(path);
  if (text === '') return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

const processStanding = (pid: number): Standing | undefined => standingOf(`/proc/${pid}/stat`);
const taskStanding = (pid: number, task: number): Standing | undefined => standingOf(`/proc/${pid}/task/${task}/stat`);

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  if (own !== undefined) return own;
  const { pid } = process;
  // A container may see the /proc of another PID namespace, where this number is another process or none.
  const hasOwnProc = attempt(() => readlinkSync('/proc/self')) === String(pid);
  // `12/task/34`: read by this very thread, whose number it is.
  const task = hasOwnProc ? Number(attempt(() => readlinkSync('/proc/thread-self')).split('/')[2] ?? 0) : 0;
  own = {
    host: hostname(),
    boot: textOf('/proc/sys/kernel/random/boot_id'),
    namespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
    pid,
    started: hasOwnProc ? (processStanding(pid)?.started ?? '') : '',
    thread: threadId,
    task,
    taskStarted: hasOwnProc ? (taskStanding(pid, task)?.started ?? '') : '',
  };
  return own;
}

export function isThisThread(identity: Partial<ProcessIdentity>): boolean {
  const self = thisProcess();
  return (Object.keys(self) as (keyof ProcessIdentity)[]).every((name) => identity[name] === self[name]);
}

const isDead = ({ state }: Standing): boolean => state === 'Z' || state === 'X';

/**
 * Whether a thread lives. `unknown` where nobody here can tell: it is of another machine, another boot (which may be that of
 * another machine with the same name) or another PID namespace, or its numbers cannot be looked up.
 */
export function isAlive(identity: Partial<ProcessIdentity>): boolean | 'unknown' {
  const self = thisProcess();
  const { host, boot, namespace, pid, started, thread, task, taskStarted } = identity;
  if (host !== self.host || boot !== self.boot || namespace !== self.namespace) return 'unknown';
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ESRCH') return false;
  }
  const now = processStanding(pid);
  if (now === undefined || started === undefined || started === '' || now.started === '') return 'unknown';
  if (now.started !== started || isDead(now)) return false;
  if (task === undefined || task === 0 || taskStarted === '') return thread === 0 ? true : 'unknown';
  const ofTask = taskStanding(pid, task);
  if (ofTask === undefined) return processStanding(pid)?.started === started ? false : 'unknown';
  return ofTask.started === taskStarted && !isDead(ofTask);
}
