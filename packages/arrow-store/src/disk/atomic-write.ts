import { ArrowStoreError, quote } from '../contract/errors.ts';
import { type Disk, parentOf } from './disk.ts';
import { TMP, temporaryName } from './hidden.ts';
import { isMissing, systemCode } from './system-error.ts';

/**
 * `entry`: every save is on the disk before it is answered. `group`: likewise, but saves that are made together wait
 * for the disk together. `none`: nothing waits; after a power cut a save may be gone, never torn... unless the file
 * system writes names before contents, as ext4 and XFS may.
 */
export type Durability = 'none' | 'entry' | 'group';

/** A file that is to be written whole. */
export interface FileToWrite {
  readonly target: string;
  /** Where they are made only when they are written, the disk is busy with the files before meanwhile. */
  readonly parts: readonly Uint8Array[] | (() => readonly Uint8Array[]);
  /** Only where there is nothing yet: then nobody's work can be lost, and no lease is needed. @default false */
  readonly isNew?: boolean;
  /** Where it is written first: who takes over from this process removes that. @default a name of its own */
  readonly temporary?: string | undefined;
}

/** There was nothing when the file was prepared, and now there is something. */
export class AlreadyThere extends Error {
  override readonly name = 'AlreadyThere';
}

/** A file that is written under a temporary name and not yet visible. */
export interface StagedFile {
  readonly target: string;
  readonly temporary: string;
  readonly size: number;
}

/** Most buffers that one call of writev takes (IOV_MAX of Linux and macOS). */
const MOST_BUFFERS = 1024;

/** Writes a temporary file until all bytes are there, in a folder that is there. Nothing is left behind when that fails. */
function stage(
  disk: Disk,
  target: string,
  parts: readonly Uint8Array[],
  temporary = `${TMP}/${temporaryName()}`,
): StagedFile & { readonly file: number } {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const file = createFile(disk, temporary);
  fillFile(disk, file, temporary, parts, size);
  return { target, temporary, size, file };
}

const createFile = (disk: Disk, path: string): number => disk.fileSystem.open(disk.absolute(path), 'create');

/** Writes a new file whole, or takes it away again. */
function fillFile(disk: Disk, file: number, path: string, parts: readonly Uint8Array[], size: number): void {
  try {
    writeAll(disk, file, path, parts, size);
  } catch (error) {
    discard(disk, path, file);
    throw error;
  }
}

function writeAll(disk: Disk, file: number, path: string, parts: readonly Uint8Array[], size: number): void {
  let rest = parts.filter((part) => part.length > 0);
  let written = 0;
  while (rest.length > 0) {
    const count = disk.fileSystem.write(file, rest.slice(0, MOST_BUFFERS), written);
    if (count <= 0) {
      const details = { path: disk.absolute(path), operation: 'write', systemCode: undefined };
      throw new ArrowStoreError(
        'E_IO',
        `${quote(details.path)}: the system wrote ${written} of ${size} bytes.`,
        details,
      );
    }
    written += count;
    rest = behind(rest, count);
  }
}

/** What is left of buffers after so many bytes of them. */
function behind(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let skipped = count;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    if (skipped < part.length) return [part.subarray(skipped), ...parts.slice(index + 1)];
    skipped -= part.length;
  }
  return [];
}

function discard(disk: Disk, temporary: string, file: number): void {
  try {
    disk.fileSystem.close(file);
  } catch {
    // The failure that led here is the one to be told.
  }
  removeQuietly(disk, temporary);
}

/** Removes what nobody misses; a sweep finds what is left. */
export function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.fileSystem.unlink(disk.absolute(path));
  } catch {
    // It is gone, or the sweep will try again.
  }
}

/** What may still stop a write; each may throw. */
export interface WriteChecks {
  /** Called when the last file has become visible, and before the first one where there was a wait for the disk. */
  readonly around?: () => void;
  /** Called before each file becomes visible. */
  readonly before?: (target: string) => void;
}

/**
 * Makes one or several files visible, each at once and whole: written, synced, renamed, and then the folders synced,
 * also those that were made for it. When it fails, each target is what it was before or the new file.
 */
export async function writeFiles(
  disk: Disk,
  files: readonly FileToWrite[],
  durability: Durability,
  { around, before }: WriteChecks = {},
): Promise<void> {
  if (files.length === 0) return;
  const leave = await disk.gate.enter(files.length);
  const staged: StagedFile[] = [];
  const flushed: Promise<void>[] = [];
  let visible = 0;
  try {
    disk.makeFolders(TMP);
    for (const { target, parts, temporary } of files) {
      if (durability !== 'none') await flushed[flushed.length - MOST_FLUSHING];
      const { file, ...each } = stage(disk, target, typeof parts === 'function' ? parts() : parts, temporary);
      staged.push(each);
      if (durability === 'none') disk.fileSystem.close(file);
      else flushed.push(flush(disk, file));
    }
    // A failed fsync is final: asked again, the system may answer success although the bytes are gone.
    await settleAll(flushed);
    const folders = new Set<string>();
    const seen = new Set<string>();
    if (durability !== 'none') around?.();
    for (const [index, { target, temporary }] of staged.entries()) {
      const folder = parentOf(target);
      if (!folders.has(folder)) disk.makeFolders(folder, seen);
      folders.add(folder);
      const isNew = files[index]?.isNew === true;
      if (!isNew) assertReplaceable(disk, target);
      before?.(target);
      try {
        if (isNew) linkNew(disk, temporary, target);
        else disk.fileSystem.rename(disk.absolute(temporary), disk.absolute(target));
      } catch (error) {
        if (isMissing(error)) before?.(target); // Somebody has removed what was staged, and says why.
        throw error;
      }
      visible++;
    }
    around?.();
    if (durability !== 'none') await syncFolders(disk, [...folders]);
  } finally {
    await Promise.allSettled(flushed); // Nothing is still running on a file that is then removed.
    for (const { temporary } of staged.slice(visible)) removeQuietly(disk, temporary);
    leave();
  }
}

/** Files of one group that are open, waiting for the disk: as many as the gate lets be open in all. */
const MOST_FLUSHING = 16;

/** Waits until a file is on the disk, and closes it. */
function flush(disk: Disk, file: number): Promise<void> {
  const flushing = disk.fileSystem.sync(file).finally(() => {
    disk.fileSystem.close(file);
  });
  flushing.catch(() => undefined); // It is told where it is waited for.
  return flushing;
}

/** File systems without second names, or processes that may not give them. */
const UNLINKABLE = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** A rename would replace; a second name is refused where there is a file. The first one is then taken away. */
function linkNew(disk: Disk, temporary: string, target: string): void {
  try {
    disk.fileSystem.link(disk.absolute(temporary), disk.absolute(target));
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (code === 'EEXIST' || UNLINKABLE.has(code)) throw new AlreadyThere(target, { cause: error });
    throw error;
  }
  removeQuietly(disk, temporary);
}

/**
 * Puts a small file where there is none, whole or not at all, also when its writer is killed; does not wait for the disk.
 * @returns false where there is something
 */
export function putNew(disk: Disk, target: string, bytes: Uint8Array): boolean {
  const { fileSystem } = disk;
  disk.makeFolders(TMP);
  const { file, temporary } = stage(disk, target, [bytes]);
  try {
    fileSystem.close(file);
    disk.makeFolders(parentOf(target));
    try {
      fileSystem.link(disk.absolute(temporary), disk.absolute(target));
      return true;
    } catch (error) {
      const code = systemCode(error) ?? '';
      if (code === 'EEXIST') return false;
      if (!UNLINKABLE.has(code)) throw error;
      return createNew(disk, target, bytes);
    }
  } finally {
    removeQuietly(disk, temporary);
  }
}

/** The same without a second name: who is killed in the middle leaves a part of the file. */
function createNew(disk: Disk, target: string, bytes: Uint8Array): boolean {
  let file: number;
  try {
    file = createFile(disk, target);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  fillFile(disk, file, target, [bytes], bytes.length);
  disk.fileSystem.close(file);
  return true;
}

/** Waits for all, so that nothing is still running on a file that is then closed; then tells the first failure. */
async function settleAll(all: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(all)) if (result.status === 'rejected') throw result.reason;
}

/** Syncs folders, and above them what may not be on the disk yet: several at a time, for all are waited for. */
export async function syncFolders(disk: Disk, folders: readonly string[]): Promise<void> {
  const all = [...new Set(folders.flatMap((folder) => disk.unsyncedAbove(folder)))];
  await settleAll(all.map((folder) => syncFolder(disk, folder)));
  for (const folder of folders) disk.markSynced(folder);
}

/** Windows has no folders that can be synced. */
const UNSYNCABLE = new Set(process.platform === 'win32' ? ['EPERM', 'EISDIR', 'EACCES'] : []);
const FORBIDDEN = new Set(['EPERM', 'EACCES']);

async function syncFolder(disk: Disk, folder: string): Promise<void> {
  const { fileSystem } = disk;
  const leave = await disk.folderGate.enter(1);
  let file: number | undefined;
  try {
    file = fileSystem.open(folder, 'folder');
    await fileSystem.sync(file);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (!UNSYNCABLE.has(code) && (disk.mustSync(folder) || !FORBIDDEN.has(code))) throw error;
  } finally {
    leave();
    if (file !== undefined) fileSystem.close(file);
  }
}

/**
 * Sees to it that a file that is already what it should be is on the disk: whoever wrote it may have ended before it
 * had synced it.
 */
export async function syncWritten(disk: Disk, path: string): Promise<void> {
  const file = disk.fileSystem.open(disk.absolute(path), 'read');
  try {
    await disk.fileSystem.sync(file);
  } catch (error) {
    if (!UNSYNCABLE.has(systemCode(error) ?? '')) throw error;
  } finally {
    disk.fileSystem.close(file);
  }
  await syncFolders(disk, [parentOf(path)]);
}

/** A rename replaces a file or a link, and nothing else should be where an entry is: better to say so than to guess. */
function assertReplaceable(disk: Disk, target: string): void {
  const kind = disk.lstat(target)?.kind;
  if (kind === undefined || kind === 'file') return;
  const path = disk.absolute(target);
  if (kind === 'link') {
    throw new ArrowStoreError(
      'E_SYMLINK',
      `${quote(path)} is a symbolic link; the store does not write through links.`,
      {
        path,
        expected: 'a file or nothing',
        found: 'a symbolic link',
      },
    );
  }
  const details = { path, operation: 'rename', systemCode: 'EISDIR' };
  throw new ArrowStoreError('E_IO', `${quote(path)}: there is a ${kind} where an entry should be.`, details);
}
