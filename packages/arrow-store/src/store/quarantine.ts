import { ENTRY_EXTENSION } from '@vision-cache/cache-keys';
import { isArrowStoreError, type ArrowStoreError } from '../contract/errors.ts';
import { syncFolders, writeFiles } from '../disk/atomic-write.ts';
import { parentOf } from '../disk/disk.ts';
import { QUARANTINE, randomName } from '../disk/hidden.ts';
import { tryLease } from '../leases/lease.ts';
import { isMissing } from '../disk/system-error.ts';
import { type StoreContext, tell } from './store-context.ts';

/** Codes for which a file under a new path is moved aside. An unsealed one is not: nobody knows what it is. */
const DAMAGE = new Set<string>(['E_INTEGRITY', 'E_FORMAT', 'E_KEY_MISMATCH']);

export const isDamage = (error: unknown): error is ArrowStoreError =>
  isArrowStoreError(error) && DAMAGE.has(error.code);

/** Whether a file was written by something else. */
export const isUnsealed = (error: unknown): error is ArrowStoreError =>
  isArrowStoreError(error) && error.code === 'E_UNSEALED';

/**
 * Moves a damaged file aside, so that the next save heals its entry. A reader never waits for that: where another
 * process holds the entry, or nothing may be written, the file stays and is only reported.
 */
export async function quarantineAsReader(
  store: StoreContext,
  path: string,
  found: ArrowStoreError,
): Promise<undefined> {
  try {
    const lease = tryLease(store.disk, path, 'write', store.now);
    if (lease === undefined) return undefined;
    try {
      // It may have been healed since.
      const stillDamaged = findDamage(store, path);
      if (stillDamaged !== undefined) await quarantine(store, path, stillDamaged);
    } finally {
      lease.release();
    }
  } catch (error) {
    if (!isArrowStoreError(error)) throw error;
    const message = `${found.message} It was not moved: ${error.message}`;
    tell({ path, kind: 'not-quarantined', code: found.code, message });
  }
  return undefined;
}

/** The damage of a file as it is now, read anew. */
function findDamage(store: StoreContext, path: string): ArrowStoreError | undefined {
  store.reader.forget(path);
  try {
    store.reader.withFile(path, (file, stat) => store.reader.open(path, file, stat));
    return undefined;
  } catch (error) {
    if (isDamage(error)) return error;
    throw error;
  }
}

/**
 * Moves a file into the quarantine, beside a note of the reason; whoever calls holds the lease. The note is there first:
 * no file is ever there without one.
 */
export async function quarantine(store: StoreContext, path: string, reason: ArrowStoreError): Promise<string> {
  const { disk, durability } = store;
  if (!disk.reaches(parentOf(path))) return '';
  const target = `${QUARANTINE}/${labelOf(path)}-${randomName()}`;
  const note = { path, code: reason.code, reason: reason.message, at: new Date(store.now()).toISOString() };
  const parts = [new TextEncoder().encode(`${JSON.stringify(note, undefined, 2)}\n`)];
  await writeFiles(disk, [{ target: `${target}.json`, parts }], durability);
  try {
    disk.fileSystem.rename(disk.absolute(path), disk.absolute(`${target}${ENTRY_EXTENSION}`));
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
  if (durability !== 'none') {
    await syncFolders(disk, [QUARANTINE]);
    await syncFolders(disk, [parentOf(path)]);
  }
  store.reader.forget(path);
  store.counts.quarantined++;
  const movedTo = disk.absolute(`${target}${ENTRY_EXTENSION}`);
  tell({ path, kind: 'quarantined', code: reason.code, message: reason.message, movedTo });
  return movedTo;
}

/** What a person looks for in a list of file names. */
function labelOf(path: string): string {
  const parts = path.split('/');
  const file = parts[parts.length - 1] ?? '';
  return `${parts[4] ?? 'file'}-${file.replace(ENTRY_EXTENSION, '')}`;
}
