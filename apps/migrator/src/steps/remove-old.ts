import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ApplyContext } from './apply-context.ts';
import { removedFolder } from './journal.ts';
import type { PlannedFile } from '../contract/migration-plan.ts';
import { pathOf } from '../new-cache/new-place.ts';
import type { TargetRows } from '../old-cache/split-rows.ts';
import { systemWord } from '../new-cache/stage-file.ts';
import { syncPath } from '../disk/sync-path.ts';

interface Proven {
  readonly i: number;
  readonly file: PlannedFile;
  readonly source: { readonly targets: readonly TargetRows[] };
}

/**
 * Moves old files aside whose rows are proven and durable in the new place. They move within their own file system, and
 * stay there until `finish`; the record of it is on the disk before the move.
 */
export function removeOld(context: ApplyContext, proven: readonly Proven[]): void {
  const moving = proven.filter(({ file, source }) => {
    const path = context.oldPath(file.file);
    return existsSync(path) && !source.targets.some((target) => context.newPath(pathOf(target)) === path);
  });
  if (moving.length === 0) return;
  for (const { i, file } of moving) context.journal.add({ t: 'remove', i, file: file.file });
  context.changed = true;
  context.journal.commit();
  const folders = new Set<string>();
  for (const { i, file } of moving) {
    const from = context.oldPath(file.file);
    const to = join(removedFolder(context.plan), file.file);
    try {
      mkdirSync(dirname(to), { recursive: true });
      renameSync(from, to);
    } catch (error) {
      // A folder that may not be written is no reason to leave all others.
      context.journal.add({ t: 'kept', i, file: file.file, why: systemWord(error) });
      continue;
    }
    for (let folder = dirname(to); folder.length > context.plan.header.from.length; folder = dirname(folder))
      folders.add(folder);
    folders.add(dirname(from));
  }
  context.journal.commit();
  if (context.durable) for (const folder of folders) syncPath(folder);
}
