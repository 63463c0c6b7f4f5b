import { join } from 'node:path';
import { HIDDEN_FOLDERS, acquireRoot, isArrowStoreError } from '@vision-cache/arrow-store';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { MigratorError } from '../contract/migrator-error.ts';
import { RealFolders } from './real-folders.ts';
import { syncPath } from './sync-path.ts';

export interface RootLock {
  /** @throws {MigratorError} `E_LOCKED` if another run has taken it over */
  assertHeld(): void;
  release(): void;
}

export interface LockOptions {
  /** Takes the lock of a run that cannot be asked: the user says that it has ended. @default false */
  readonly takeOver?: boolean | undefined;
}

/**
 * Locks roots for one run, in one order, each once: the store's own lease of a whole root, which takes an owner that cannot
 * be asked for alive. What was taken is given back where another cannot be had.
 * @throws {MigratorError} `E_LOCKED`, `E_STATE` if a link stands in the way, and what the file system throws
 */
export function lockRoots(roots: readonly string[], { takeOver = false }: LockOptions = {}): RootLock {
  const sorted = [...new Set(roots)].sort();
  const locks: RootLock[] = [];
  const release = () => {
    for (const lock of locks.splice(0).reverse()) lock.release();
  };
  try {
    for (const root of sorted) {
      for (const folder of [HIDDEN_FOLDERS.leases, HIDDEN_FOLDERS.journal]) assertNoLink(root, folder);
      locks.push(translated(root, () => acquireRoot(root, { purpose: 'migrate', takeOver })));
      syncOwner(root);
    }
  } catch (error) {
    release();
    throw error;
  }
  return {
    assertHeld() {
      for (const [index, lock] of locks.entries()) translated(sorted[index] ?? '', () => lock.assertHeld());
    },
    release,
  };
}

/** Who holds a lock is to be known after a power cut too: without its bytes it is believed for half a minute. */
function syncOwner(root: string): void {
  try {
    syncPath(join(root, HIDDEN_FOLDERS.leases, 'root'));
  } catch {
    // A full disk does not take it. The lock holds all the same.
  }
}

function assertNoLink(root: string, folder: string): void {
  if (new RealFolders(root).look(folder) !== 'link') return;
  const message = `${escapeTerminal(join(root, folder))} is not a folder, or is behind a link, which is not followed.`;
  throw new MigratorError('E_STATE', message, { state: 'link' });
}

/** The store's error in the migrator's words, with the way on. */
function translated<T>(path: string, take: () => T): T {
  try {
    return take();
  } catch (cause) {
    if (!isArrowStoreError(cause) || cause.code !== 'E_LOCKED') throw cause;
    const { owner: told } = cause.details as { readonly owner?: string };
    // The store has no name for one whose record it cannot read.
    const owner = told === 'unknown' ? undefined : told;
    const message =
      `${escapeTerminal(path)} is being migrated by ${escapeTerminal(owner ?? 'a run that cannot be named')}; wait for it,` +
      'or stop it, and run this again. If you know that it has ended, use --take-over.';
    throw new MigratorError('E_LOCKED', message, { path, owner: owner ?? 'unknown' }, { cause });
  }
}
