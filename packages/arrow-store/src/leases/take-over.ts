import { putNew, removeQuietly } from '../disk/atomic-write.ts';
import type { Disk } from '../disk/disk.ts';
import { LEASES, TMP, shortName, temporaryName } from '../disk/hidden.ts';
import { readRecord, readSmallFile } from '../disk/records.ts';
import { isMissing } from '../disk/system-error.ts';
import { type FoundLease, isOwnFile } from './lease-record.ts';

/**
 * Beside the lease of an entry: a holder that nobody could ask was taken over. It may go on at any time; what it has staged
 * is removed by each one that holds the lease after it, before the entry is read.
 */
const stoppedPath = (entryPath: string): string => `${LEASES}/${shortName(entryPath)}.stopped`;

const textEncoder = new TextEncoder();

/**
 * Takes the lease of a writer away who was silent for too long while it was watched, and may go on at any time. Before the
 * lease is gone, for whoever takes it next, which may be another than this one, has to know.
 */
export function takeFromSilent(disk: Disk, { path, bytes, record }: FoundLease, entryPath: string): void {
  const staged: unknown = record?.temporary; // as another version may have written it
  if (typeof staged === 'string' && isOwnFile(staged)) noteStopped(disk, entryPath, staged);
  takeAway(disk, path, bytes);
}

function noteStopped(disk: Disk, entryPath: string, staged: string): void {
  const path = stoppedPath(entryPath);
  const before = stagedBy(disk, path);
  if (before.includes(staged)) return;
  const bytes = textEncoder.encode(JSON.stringify({ path: entryPath, staged: [...before, staged] }));
  if (before.length === 0 && putNew(disk, path, bytes)) return;
  const temporary = `${TMP}/${temporaryName()}`;
  putNew(disk, temporary, bytes);
  disk.fileSystem.rename(disk.absolute(temporary), disk.absolute(path));
}

function stagedBy(disk: Disk, path: string): readonly string[] {
  const staged = readRecord(disk, path)?.staged;
  return Array.isArray(staged) ? staged.map(String).filter(isOwnFile) : [];
}

/** Lets nothing of holders become visible any more that were taken over; whoever calls has just taken the lease. */
export function fence(disk: Disk, entryPath: string): void {
  const path = stoppedPath(entryPath);
  if (disk.lstat(path) === undefined) return;
  for (const staged of stagedBy(disk, path)) removeQuietly(disk, staged);
}

/** Removes a lease: away under another name first, to see that it is still the one that was judged and not its successor. */
export function takeAway(disk: Disk, path: string, judged: Uint8Array): void {
  const aside = `${TMP}/${temporaryName()}`;
  const { fileSystem } = disk;
  try {
    disk.makeFolders(TMP);
    fileSystem.rename(disk.absolute(path), disk.absolute(aside));
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  const taken = readSmallFile(disk, aside);
  if (taken === undefined || Buffer.compare(taken, judged) === 0) removeQuietly(disk, aside);
  else if (disk.lstat(path) === undefined) fileSystem.rename(disk.absolute(aside), disk.absolute(path));
}
