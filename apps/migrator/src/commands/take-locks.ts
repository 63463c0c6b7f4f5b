import { escapeTerminal } from '../contract/escape-terminal.ts';
import { stoppedBy } from '../contract/migrator-error.ts';
import { type LockOptions, type RootLock, lockRoots } from '../disk/root-lock.ts';

/** @throws {MigratorError} `E_LOCKED`, `E_STATE`, and `E_STOPPED` where nothing can be written */
export function takeLocks(roots: readonly string[], options: LockOptions): RootLock {
  try {
    return lockRoots(roots, options);
  } catch (cause) {
    throw stoppedBy(cause, roots.map(escapeTerminal).join(' and '));
  }
}
