import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { MigratorError } from './migrator-error.ts';
import { HIDDEN } from './scan-legacy.ts';
import { shown } from './shown.ts';

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

/** Field 22 of /proc/PID/stat, counted behind the name; empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/**
 * One run at a time on a root: a file that only one process can create, with a sign of life. That of a dead process is
 * taken over.
 * @throws {MigratorError} `E_LOCKED`
 */
export function lockRoot(root: string): MigrationLock {
  const path = join(root, HIDDEN, 'journal', 'migration.lock');
  mkdirSync(dirname(path), { recursive: true });
  const owner: Owner = { host: hostname(), pid: process.pid, started: startOf(process.pid) };
  for (let attempt = 0; ; attempt++) {
    let file: number;
    try {
      file = openSync(path, 'wx');
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
      const alive = ownerOf(path);
      if (alive !== undefined || attempt > 20) {
        const who = alive === undefined ? 'another process' : `process ${alive.pid} on ${alive.host}`;
        const message = `${shown(root)} is being migrated by ${who}; let it end, or stop it, and run this again.`;
        throw new MigratorError('E_LOCKED', message, { path, owner: who });
      }
      rmSync(path, { force: true });
      continue;
    }
    writeSync(file, JSON.stringify(owner));
    closeSync(file);
    // Two that found the same dead owner may both have removed and created: the file says which of them holds it.
    if (readFileSync(path, 'utf8') !== JSON.stringify(owner)) continue;
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
        rmSync(path, { force: true });
      },
    };
  }
}

/** The owner of a lock if it lives, or may live. */
function ownerOf(path: string): Owner | undefined {
  let owner: Owner;
  let age: number;
  try {
    age = Date.now() - statSync(path).mtimeMs;
    owner = JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch (error) {
    // Created and not yet written, or never written because its process died in between.
    const young =
      (error as { code?: string }).code !== 'ENOENT' &&
      Date.now() - statSync(path, { throwIfNoEntry: false })!.mtimeMs < 2_000;
    return young ? { host: hostname(), pid: 0, started: '' } : undefined;
  }
  if (owner.host !== hostname()) return age < BELIEVED_MS ? owner : undefined;
  if (owner.pid === process.pid) return owner;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as { code?: string }).code === 'ESRCH') return undefined;
  }
  const started = startOf(owner.pid);
  return started === '' || owner.started === '' || started === owner.started ? owner : undefined;
}
