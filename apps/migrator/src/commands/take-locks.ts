import { escapeTerminal } from '../contract/escape-terminal.ts';
import { stoppedBy, systemCodeOf } from '../contract/migrator-error.ts';
import { type LockOptions, type RootLock, lockRoots } from '../disk/root-lock.ts';
import type { OpenPlan } from '../plan/open-plan.ts';
import { freeSpare } from '../steps/journal.ts';

const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);
const NOBODY: RootLock = { assertHeld: () => undefined, release: () => undefined };

/** @throws {MigratorError} `E_LOCKED`, `E_STATE`, and `E_STOPPED` if nothing can be written */
export function takeLocks(roots: readonly string[], options: LockOptions): RootLock {
  try {
    return lockRoots(roots, options);
  } catch (cause) {
    throw stoppedBy(cause, roots.map(escapeTerminal).join(' and '));
  }
}

/**
 * The same for what must be possible on a full disk. A lock takes a block: the one that the journal kept is given back for
 * it. Where the old root is on another full disk, that of the new root has to do: nobody else can lock the old one either,
 * and files are moved there into free places only.
 * @throws {MigratorError} as `takeLocks`
 */
export function takeLocksOnFullDisk(plan: OpenPlan, roots: readonly string[], options: LockOptions): RootLock {
  const { to } = plan.header;
  return unlessFull(
    () => takeLocks(roots, options),
    () => {
      freeSpare(plan);
      return unlessFull(
        () => takeLocks(roots, options),
        () => takeLocks([to], options),
      );
    },
  );
}

/** For what only moves files into free places, and has no journal: on a full disk it goes on without. */
export function takeLockIfRoom(root: string, options: LockOptions): RootLock {
  return unlessFull(
    () => takeLocks([root], options),
    () => NOBODY,
  );
}

function unlessFull(take: () => RootLock, otherwise: () => RootLock): RootLock {
  try {
    return take();
  } catch (error) {
    if (!FULL.has(systemCodeOf(error))) throw error;
    return otherwise();
  }
}
