import type { ApplyContext } from './apply-context.ts';
import { pathOf } from '../new-cache/new-place.ts';
import { type GroupItem, type Staged, readItem, stage } from '../new-cache/stage-file.ts';
import { writeStaged } from './write-group.ts';

/**
 * A group of files: read, compared with what stands at their new places, written together, read back, recorded, and only
 * then removed. Files of one group that go to one entry are written one after the other.
 */
export async function applyGroup(context: ApplyContext, items: readonly GroupItem[]): Promise<'done' | 'disk-full'> {
  let staged: Staged[] = [];
  let taken = new Set<string>();
  let full = 0;
  context.readOld.clear();
  const flush = async () => {
    full += await writeStaged(context, staged);
    staged = [];
    taken = new Set();
  };
  for (const item of items) {
    const read = readItem(context, item);
    if ('fate' in read) {
      context.settle(item.i, read, item.before);
      continue;
    }
    if (read.source.targets.some((target) => taken.has(pathOf(target)))) await flush();
    const next = stage(context, item, read.source, read.notes);
    if ('fate' in next) {
      context.settle(item.i, next, item.before);
      continue;
    }
    for (const { target } of next.writes) taken.add(pathOf(target));
    staged.push(next);
  }
  await flush();
  context.journal.commit();
  return full > 0 ? 'disk-full' : 'done';
}
