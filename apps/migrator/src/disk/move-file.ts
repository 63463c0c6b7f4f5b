import { copyFileSync, constants, linkSync, lstatSync, renameSync, rmSync, unlinkSync } from 'node:fs';

/**
 * Moves a file to a place where nothing stands, within its file system. A second name for it cannot replace anything,
 * whoever is faster; where a file system has no second names, the place is looked at first.
 * @returns false if something stands there
 * @throws what the file system throws
 */
export function moveToFreePlace(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EEXIST') return finishMove(from, to);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS' && code !== 'EMLINK')
      throw error;
    if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return false;
    renameSync(from, to);
    return true;
  }
  unlinkSync(from);
  return true;
}

/** A killed run may have given the second name and not taken the first one away. */
function finishMove(from: string, to: string): boolean {
  const [one, other] = [lstatSync(from), lstatSync(to, { throwIfNoEntry: false })];
  if (one.ino !== other?.ino || one.dev !== other.dev || !one.isFile()) return false;
  unlinkSync(from);
  return true;
}

/** Gives a file a second name, or a copy where the file system has none. What stands under the name is replaced. */
export function keepCopy(from: string, to: string): 'named' | 'copied' {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
    return 'named';
  } catch {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    return 'copied';
  }
}
