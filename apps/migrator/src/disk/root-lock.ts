import { randomBytes } from 'node:crypto';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { MigratorError } from '../contract/migrator-error.ts';
import { removeOwn } from './empty-folders.ts';
import { type LockOwner, isDead, thisOwner } from './lock-owner.ts';
import { RealFolders } from './real-folders.ts';
import { HIDDEN } from './safe-path.ts';

/** The lock's name; files beside it that begin like it are its makings. */
export const LOCK = 'migration.lock';
export const LOCK_FOLDER = `${HIDDEN}/journal`;

const HEARTBEAT_MS = 5_000;
/** A lock from before the machine started counts as left behind after so long without a sign of life. */
const SILENT_MS = 60_000;

export interface RootLock {
  /** @throws {MigratorError} `E_LOCKED` where another run has taken it over */
  assertHeld(): void;
  release(): void;
}

export interface LockOptions {
  /** Takes a lock whose owner cannot be asked: the user says that it does not run any more. @default false */
  readonly takeOver?: boolean | undefined;
}

/**
 * One run at a time on a root: a file that only one process can create, whole from the start, with a sign of life. That of
 * a dead process is taken over. An owner that cannot be asked counts as alive.
 * @throws {MigratorError} `E_LOCKED`, `E_STATE` where a link stands in the way
 */
export function lockRoot(root: string, { takeOver = false }: LockOptions = {}): RootLock {
  if (new RealFolders(root).look(LOCK_FOLDER) === 'link') {
    const message = `${escapeTerminal(join(root, LOCK_FOLDER))} is no folder, or lies behind a link, which is not followed.`;
    throw new MigratorError('E_STATE', message, { state: 'link' });
  }
  const folder = join(root, LOCK_FOLDER);
  const path = join(folder, LOCK);
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(thisOwner(randomBytes(9).toString('hex')));
  while (!create(folder, path, text)) {
    const found = read(path);
    if (found === undefined) continue;
    if (!takeOver && !isLeftBehind(folder, path, found)) throw lockedBy(root, path, found);
    takeAway(folder, path, found);
  }
  removeMakings(folder);
  const heart = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // Gone or unwritable: the next write of data will say so.
    }
  }, HEARTBEAT_MS);
  heart.unref();
  return {
    assertHeld() {
      const found = read(path);
      if (found !== text) throw lockedBy(root, path, found ?? '');
    },
    release() {
      clearInterval(heart);
      if (read(path) === text) removeOwn(path);
    },
  };
}

/** Locks roots in one order, each once, and gives back what it has where one cannot be had. @throws as `lockRoot` */
export function lockRoots(roots: readonly string[], options?: LockOptions): RootLock {
  const locks: RootLock[] = [];
  const release = () => {
    for (const lock of locks.splice(0).reverse()) lock.release();
  };
  try {
    for (const root of [...new Set(roots)].sort()) locks.push(lockRoot(root, options));
  } catch (error) {
    release();
    throw error;
  }
  return {
    assertHeld() {
      for (const lock of locks) lock.assertHeld();
    },
    release,
  };
}

/** Whether the lock was not there and is ours now. A second name is given whole, or not at all. */
function create(folder: string, path: string, text: string): boolean {
  const own = join(folder, `${LOCK}.${randomBytes(6).toString('hex')}`);
  writeFileSync(own, text, { flag: 'wx' });
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    // Without its own name: another run that has the lock by now has tidied up.
    if (code === 'EEXIST' || code === 'ENOENT') return false;
  } finally {
    removeOwn(own);
  }
  try {
    writeFileSync(path, text, { flag: 'wx' }); // A file system without second names.
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}

function read(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile() || stat.size > 65_536) return '';
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

const isOwner = (value: unknown): value is LockOwner =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as LockOwner).host === 'string' &&
  typeof (value as LockOwner).pid === 'number';

function ownerOf(text: string): LockOwner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isOwner(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLeftBehind(folder: string, path: string, text: string): boolean {
  const owner = ownerOf(text);
  return owner !== undefined && isDead(owner, () => isSilent(folder, path));
}

/** By the clock of the file system alone, which may be another machine's. */
function isSilent(folder: string, path: string): boolean {
  const probe = join(folder, `${LOCK}.${randomBytes(6).toString('hex')}`);
  writeFileSync(probe, '', { flag: 'wx' });
  const [now, then] = [probe, path].map((each) => lstatSync(each, { throwIfNoEntry: false })?.mtimeMs);
  removeOwn(probe);
  return now !== undefined && then !== undefined && now - then > SILENT_MS;
}

function lockedBy(root: string, path: string, text: string): MigratorError {
  const owner = ownerOf(text);
  const who =
    owner === undefined ? 'a run that cannot be named' : `process ${owner.pid} on ${escapeTerminal(owner.host)}`;
  const message =
    `${escapeTerminal(root)} is being migrated by ${who}; let it end, or stop it, and run this again. ` +
    'If it does not run any more and cannot be asked, --take-over goes on without it.';
  return new MigratorError('E_LOCKED', message, { path, owner: who });
}

/** Moves a lock away that no longer counts; where another was quicker and it is a new one by now, puts that back. */
function takeAway(folder: string, path: string, dead: string): void {
  const aside = join(folder, `${LOCK}.${randomBytes(6).toString('hex')}`);
  try {
    renameSync(path, aside);
    if (read(aside) !== dead) linkSync(aside, path);
  } catch {
    // Another took it away: the next look tells who holds it.
  }
  removeOwn(aside);
}

/** What runs left that were killed while they took the lock, or links under such names: the names alone are removed. */
function removeMakings(folder: string): void {
  for (const name of readdirSync(folder)) {
    try {
      if (name.startsWith(`${LOCK}.`)) removeOwn(join(folder, name));
    } catch {
      // A folder of that name, which is none of ours.
    }
  }
}
