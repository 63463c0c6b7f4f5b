import { ENTRY_EXTENSION } from '@vision-cache/cache-keys';
import { removeQuietly } from '../disk/atomic-write.ts';
import { LEASES, QUARANTINE, TMP, isDeadTemporary } from '../disk/hidden.ts';
import { findLease, isHeld } from '../leases/lease-record.ts';
import type { StoreContext } from '../store/store-context.ts';

/** What a sweep removed. */
export interface SweepReport {
  /** Unfinished files of processes that have ended. */
  readonly temporaryFiles: number;
  /** Leases of processes that have ended. */
  readonly leases: number;
  /** Notes of a quarantine that never came to be. */
  readonly notes: number;
}

/** Removes what ended processes left behind in the hidden folder; nothing else, and nothing of a living process. */
export function sweep(store: StoreContext): SweepReport {
  store.root.assertReadable();
  return { temporaryFiles: sweepTemporary(store), leases: sweepLeases(store), notes: sweepNotes(store) };
}

function names(store: StoreContext, folder: string): string[] {
  const { disk } = store;
  if (!disk.reaches(folder)) return [];
  const found = disk.fileSystem.list(disk.absolute(folder));
  return found.filter(({ kind }) => kind === 'file').map(({ name }) => name);
}

function remove(store: StoreContext, paths: readonly string[]): number {
  for (const path of paths) removeQuietly(store.disk, path);
  return paths.filter((path) => store.disk.lstat(path) === undefined).length;
}

function sweepTemporary(store: StoreContext): number {
  const { disk, now } = store;
  const dead = names(store, TMP).filter((name) => {
    const changed = disk.lstat(`${TMP}/${name}`)?.mtimeMs;
    return changed !== undefined && isDeadTemporary(name, changed, now());
  });
  return remove(store, dead.map((name) => `${TMP}/${name}`)); // prettier-ignore
}

function sweepLeases(store: StoreContext): number {
  const dead = names(store, LEASES)
    .map((name) => `${LEASES}/${name}`)
    .filter((path) => {
      const found = findLease(store.disk, path);
      // Of one that nobody here can ask, only whoever waits for it sees that it is silent.
      return found !== undefined && isHeld(found, store.now) === false;
    });
  return remove(store, dead);
}

/** A note is written before its file is moved: alone, it stands for a move that did not happen, if it is not happening now. */
function sweepNotes(store: StoreContext): number {
  const all = new Set(names(store, QUARANTINE));
  const alone = [...all].filter((name) => {
    if (!name.endsWith('.json') || all.has(name.replace(/\.json$/, ENTRY_EXTENSION))) return false;
    const changed = store.disk.lstat(`${QUARANTINE}/${name}`)?.mtimeMs;
    return changed !== undefined && Math.abs(store.now() - changed) > 60_000;
  });
  return remove(store, alone.map((name) => `${QUARANTINE}/${name}`)); // prettier-ignore
}
