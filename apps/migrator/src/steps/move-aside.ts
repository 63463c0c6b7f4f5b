import { lstatSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { withoutRows } from '../contract/outcome.ts';
import { hashFile } from '../disk/hash-file.ts';
import { moveToFreePlace } from '../disk/move-file.ts';
import { makeFolders } from '../disk/sync-path.ts';
import { isSame, systemWord } from '../new-cache/read-item.ts';
import type { Staged } from '../new-cache/stage-file.ts';
import type { ApplyContext } from './apply-context.ts';

/** A file that was written so shortly before it was read may have been written again at the same time of the clock. */
const RECENT_MS = 2_000;

/**
 * Moves an old file aside whose rows are proven and durable in the new place, within its own file system. An old writer may
 * replace it or write to it at any moment: it is looked at before and after, and moved back where it is another by now.
 */
export function moveAside(context: ApplyContext, staged: Staged): void {
  const { trees, journal } = context;
  const { i, file, old, source } = staged;
  const from = trees.oldPath(file.file);
  const to = trees.aside(file.file);
  const keep = (why: string): void => {
    journal.add({ t: 'kept', i, file: file.file, why });
    context.changed = true;
  };
  const keepChanged = (message: string): void => {
    keep('changed-meanwhile');
    const before = staged.before;
    context.settle(i, withoutRows('error', 'changed-meanwhile', message, source.rowsIn), before, old.seen);
  };
  try {
    const before = lstatSync(from, { throwIfNoEntry: false });
    if (before === undefined) {
      // Moved by an earlier run whose new entry was lost since; or gone, and then nothing stands aside.
      if (lstatSync(to, { throwIfNoEntry: false }) === undefined) keep('vanished');
      return;
    }
    if (trees.from.above(file.file) !== 'folder' || trees.from.above(relative(trees.from.root, to)) === 'link') {
      keep('link');
      return;
    }
    const isChanged = (path: string): boolean => hashFile(path) !== source.sha256;
    if (!isSame(old.stat, before) && isChanged(from)) {
      keepChanged('It changed after it was read; it is where it was. Run apply again.');
      return;
    }
    makeFolders(dirname(to), context.durable);
    if (!moveToFreePlace(from, to)) {
      keep('occupied');
      return;
    }
    const after = lstatSync(to);
    const isPlain = after.ino === before.ino && after.size === before.size && after.mtimeMs === before.mtimeMs;
    if ((!isPlain || context.now() - after.mtimeMs < RECENT_MS) && isChanged(to)) {
      const isBack = moveToFreePlace(to, from);
      const where = isBack ? 'it is where it was' : 'it stays aside, because another file is in its place';
      {
        keepChanged(`It changed while it was moved; ${where}. Run apply again.`);
        return;
      }
    }
    for (let folder = dirname(to); folder.length > trees.from.root.length; folder = dirname(folder))
      context.moved.add(folder);
    context.moved.add(dirname(from));
  } catch (error) {
    // A folder that may not be written is no reason to leave all others.
    keep(systemWord(error));
  }
}
