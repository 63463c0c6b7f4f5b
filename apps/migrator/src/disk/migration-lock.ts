import {
  constants, copyFileSync, linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MigratorError } from '../contract/migrator-error.ts';
import { HIDDEN } from './scan-tree.ts';
import { shown } from '../contract/escape-terminal.ts';

/** The lock's name; files beside it that begin like it are its makings. */
export const LOCK = 'migration.lock';

const HEARTBEAT_MS = 5_000;
/** A lock of another machine is believed this long after its last sign of life. */
const BELIEVED_MS = 60_000;

interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the system's own count: a pid is given again. */
  readonly started: string;
}

export interface MigrationLock {
  release(): void;
}

/** Fields 3 and 22 of /proc/PID/stat, counted behind the name; empty where there is no /proc, or no such process. */
function processOf(pid: number): { readonly state: string; readonly started: string } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return { state: '', started: '' };
  }
}

/**
 * One run at a time on a root: a file that only one process can create, whole from the start, with a sign of life. That
 * of a dead process is taken over.
 * @throws {MigratorError} `E_LOCKED`
 */
export function lockRoot(root: string): MigrationLock {
  const folder = join(root, HIDDEN, 'journal');
  const path = join(folder, LOCK);
  mkdirSync(folder, { recursive: true });
  const { pid } = process;
  const text = JSON.stringify({ host: hostname(), pid, started: processOf(pid).started } satisfies Owner);
  const own = join(folder, `${LOCK}.${process.pid}`);
  writeFileSync(own, text);
  try {
    while (!create(own, path)) {
      const found = read(path);
      const owner = found === undefined ? undefined : livingOwner(found);
      if (owner !== undefined) {
        const who = `process ${owner.pid} on ${owner.host}`;
        const message = `${shown(root)} is being migrated by ${who}; let it end, or stop it, and run this again.`;
        throw new MigratorError('E_LOCKED', message, { path, owner: who });
      }
      if (found !== undefined) takeAway(path, found.text);
    }
  } finally {
    rmSync(own, { force: true });
  }
  removeLeftovers(folder);
  const heart = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // Gone or unwritable: the next write of data will say so.
    }
  }, HEARTBEAT_MS);
  heart.unref();
  return {
    release() {
      clearInterval(heart);
      if (read(path)?.text === text) rmSync(path, { force: true });
    },
  };
}

/** Whether the lock was not there and is ours now. A second name is given whole, or not at all. */
function create(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EEXIST') return false;
    if (code === 'ENOENT') throw error;
  }
  try {
    copyFileSync(own, path, constants.COPYFILE_EXCL); // A file system without links.
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}

interface Found {
  readonly text: string;
  /** Milliseconds since its last sign of life. */
  readonly age: number;
}

function read(path: string): Found | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return { text, age: Date.now() - statSync(path).mtimeMs };
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves a dead lock away; where another was quicker and it is a living one by now, puts it back. */
function takeAway(path: string, dead: string): void {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== dead) linkSync(aside, path);
  } catch {
    // Another took it away: the next look tells who holds it.
  }
  rmSync(aside, { force: true });
}

/** What runs left that were killed while they took the lock. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(`${LOCK}.`) ? Number.parseInt(name.slice(LOCK.length + 1), 10) : NaN;
    if (!Number.isNaN(pid) && !runs(pid)) rmSync(join(folder, name), { force: true });
  }
}

/** Whether a process of this machine runs under a number. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ESRCH';
  }
}

/** The owner of a lock if it lives, or may live. */
function livingOwner({ text, age }: Found): Owner | undefined {
  let owner: Owner;
  try {
    owner = JSON.parse(text) as Owner;
  } catch {
    return undefined; // Damaged: whole files are all that is ever there.
  }
  if (owner.host !== hostname()) return age < BELIEVED_MS ? owner : undefined;
  if (!runs(owner.pid)) return undefined;
  const { state, started } = processOf(owner.pid);
  // Killed, and nobody has asked how it ended: it keeps its number, in a container without an init for ever.
  if (state === 'Z' || state === 'X') return undefined;
  if (started === '') return runs(owner.pid) ? owner : undefined; // No /proc, or it ended this moment.
  return owner.started === '' || started === owner.started ? owner : undefined;
}
