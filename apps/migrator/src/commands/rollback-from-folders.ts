import { closeSync, existsSync, lstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { MigratorError, stoppedBy } from '../contract/migrator-error.ts';
import { filesBelow, removeEmptyBelow } from '../disk/empty-folders.ts';
import { moveToFreePlace } from '../disk/move-file.ts';
import { RealFolders } from '../disk/real-folders.ts';
import { HIDDEN, isSafePath } from '../contract/safe-path.ts';
import { makeFolders, syncPath } from '../disk/sync-path.ts';
import { takeLockIfRoom } from './take-locks.ts';

export interface FromFoldersOptions {
  /** The plan, however damaged, as long as its first line names the old root. */
  readonly plan?: string | undefined;
  /** The old root, where the plan is lost. */
  readonly from?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly takeOver?: boolean | undefined;
}

export interface LeftAside {
  /** Below the old root. */
  readonly path: string;
  /** `occupied`: something else is where it was; `link`: a folder there is a link; `not-a-file`; or the system's word. */
  readonly found: string;
  readonly at: string;
}

export interface FromFoldersResult {
  readonly from: string;
  /** Old files that were moved back, or of a dry run: that would be. */
  readonly restored: number;
  readonly left: readonly LeftAside[];
}

/**
 * Puts back the old files that stand aside by their names alone, into free places: for a plan or a journal that is damaged or
 * lost. Deletes nothing and overwrites nothing; entries of the new tree stay.
 * @throws {MigratorError} `E_USAGE`, `E_PLAN`, `E_LOCKED`, `E_STATE`, `E_STOPPED`
 */
export function rollbackFromFolders(options: FromFoldersOptions): FromFoldersResult {
  const from = rootOf(options);
  const top = join(from, HIDDEN, 'migrated');
  if (new RealFolders(from).look(`${HIDDEN}/migrated`) === 'link') {
    const message = `${escapeTerminal(top)} is not a folder, or is behind a link, which is not followed.`;
    throw new MigratorError('E_STATE', message, { state: 'link' });
  }
  const left: LeftAside[] = [];
  if (!existsSync(top)) return { from, restored: 0, left };
  if (options.dryRun === true) return { from, restored: placeAll(from, top, left, false), left };
  const lock = takeLockIfRoom(from, options);
  try {
    const restored = placeAll(from, top, left, true);
    removeEmptyBelow(top);
    return { from, restored, left };
  } catch (cause) {
    throw stoppedBy(cause, escapeTerminal(from));
  } finally {
    lock.release();
  }
}

function placeAll(from: string, top: string, left: LeftAside[], moves: boolean): number {
  const folders = new RealFolders(from);
  const changed = new Set<string>();
  let restored = 0;
  for (const name of [...filesBelow(top)]) {
    // The first part is the migration's id; the rest is the path that the file had.
    const path = name.slice(name.indexOf('/') + 1);
    const at = join(top, name);
    const leave = (found: string) => left.push({ path, found, at });
    if (!name.includes('/') || !isSafePath(path)) leave('not-a-path');
    else if (!lstatSync(at).isFile()) leave('not-a-file');
    else if (folders.above(path) === 'link') leave('link');
    else if (lstatSync(join(from, path), { throwIfNoEntry: false }) !== undefined) leave('occupied');
    else if (!moves) restored += 1;
    else {
      try {
        makeFolders(dirname(join(from, path)), true);
        if (moveToFreePlace(at, join(from, path))) restored += 1;
        else leave('occupied');
        changed.add(dirname(join(from, path)));
      } catch (error) {
        leave((error as { code?: string }).code ?? 'unexpected');
      }
    }
  }
  for (const folder of changed) syncPath(folder);
  return restored;
}

function rootOf({ plan, from }: FromFoldersOptions): string {
  const root = from === undefined ? rootInPlan(plan) : resolve(from);
  if (root === undefined) {
    const message = 'The plan no longer names the old root: pass it with `rollback --from-folders --from OLD`.';
    throw plan === undefined
      ? new MigratorError('E_USAGE', 'rollback --from-folders takes a PLAN, or --from OLD.', { option: '--from' })
      : new MigratorError('E_PLAN', message, { path: plan });
  }
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new MigratorError('E_USAGE', `${escapeTerminal(root)} is not a folder.`, { option: '--from' });
  return realpathSync(root);
}

const HEAD_BYTES = 1 << 16;

/** The old root, by the first words of a plan that may be damaged. */
function rootInPlan(plan: string | undefined): string | undefined {
  if (plan === undefined || statSync(plan, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const file = openSync(plan, 'r');
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    const head = bytes.toString('utf8', 0, readSync(file, bytes, 0, HEAD_BYTES, 0));
    const text = /"from":("(?:[^"\\\n]|\\.)*")/.exec(head)?.[1];
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof value === 'string' && value.startsWith('/') && !value.includes('\0') ? value : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}
