import { type Disk, parentOf } from './disk.ts';
import { type Durability, syncFolders, writeFiles } from './atomic-write.ts';
import { isMissing } from './system-error.ts';

/** No record is larger; more is no record. */
const MOST_BYTES = 1 << 20;

/** The whole of a small file, or undefined where there is none. Links are not followed. */
export function readSmallFile(disk: Disk, path: string): Uint8Array | undefined {
  const stat = disk.lstat(path);
  if (stat?.kind !== 'file' || !disk.reaches(parentOf(path))) return undefined;
  const { fileSystem } = disk;
  let file: number;
  try {
    file = fileSystem.open(disk.absolute(path), 'read');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const bytes = new Uint8Array(Math.min(fileSystem.stat(file).size, MOST_BYTES));
    let end = 0;
    while (end < bytes.length) {
      const count = fileSystem.read(file, [bytes.subarray(end)], end);
      if (count === 0) break;
      end += count;
    }
    return bytes.subarray(0, end);
  } finally {
    fileSystem.close(file);
  }
}

const textDecoder = new TextDecoder();
const textEncoder = new TextEncoder();

/** A record, or undefined where there is none or it cannot be read: what it remembers is then asked again. */
export function readRecord(disk: Disk, path: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = readSmallFile(disk, path);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(textDecoder.decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export async function writeRecord(disk: Disk, path: string, record: object, durability: Durability): Promise<void> {
  const parts = [textEncoder.encode(`${JSON.stringify(record, undefined, 2)}\n`)];
  await writeFiles(disk, [{ target: path, parts }], durability);
}

/** Removes a file if it is there; durable means that it stays away, whoever removed it. */
export async function removeFile(disk: Disk, path: string, durability: Durability): Promise<void> {
  if (unlinkFiles(disk, [path]) && durability !== 'none') await syncFolders(disk, [parentOf(path)]);
}

/** Removes those files of one folder that are there, and syncs nothing; false where there is no such folder. */
export function unlinkFiles(disk: Disk, paths: readonly string[]): boolean {
  if (paths.length === 0 || !disk.reaches(parentOf(paths[0]!))) return false;
  for (const path of paths) {
    try {
      disk.fileSystem.unlink(disk.absolute(path));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return true;
}
