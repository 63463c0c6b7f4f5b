import { withoutRows } from '../contract/outcome.ts';
import { keepCopy } from '../disk/move-file.ts';
import { syncPath } from '../disk/sync-path.ts';
import { backupFolder, backupPath } from '../ledger/places.ts';
import { pathOf } from '../new-cache/compare-rows.ts';
import { systemWord } from '../new-cache/read-item.ts';
import { type Staged, stage } from '../new-cache/stage-file.ts';
import { storeErrorOf } from '../old-cache/store-errors.ts';
import type { ApplyContext } from './apply-context.ts';
import { type ApplyStep, applySteps } from './apply-steps.ts';
import { moveAside } from './move-aside.ts';
import { prove } from './prove.ts';
import type { ReadGroup } from './read-ahead.ts';
import { saveStaged } from './save-staged.ts';

/** Files of a group for which a step failed: their later steps are passed over. */
interface GroupState {
  readonly failed: Set<number>;
  /** How many files found the disk full. */
  full: number;
}

/** Does one step: nothing else of an apply touches the disk or the journal. */
async function perform(context: ApplyContext, state: GroupState, step: ApplyStep): Promise<void> {
  if ('i' in step && state.failed.has(step.i)) return;
  switch (step.do) {
    case 'keep-copy': {
      const copy = backupPath(context.plan, step.backup);
      if (keepCopy(context.trees.newPath(step.path), copy) === 'copied' && context.durable) syncPath(copy);
      return;
    }
    case 'record':
      context.journal.add(step.record);
      context.changed = true;
      return;
    case 'sync-copies':
      if (context.durable) syncPath(backupFolder(context.plan));
      return;
    case 'commit':
      context.journal.commit();
      if (step.reserve > 0) context.journal.reserve(step.reserve);
      return;
    case 'save': {
      const files = step.files.filter(({ i }) => !state.failed.has(i));
      for (const [i, error] of await saveStaged(context, files)) {
        if (storeErrorOf(error)?.code === 'E_NO_SPACE') state.full += 1;
        fail(
          context,
          state,
          files.find((each) => each.i === i)!,
          error,
          'It cannot be written',
        );
      }
      return;
    }
    case 'prove':
      if (!prove(context, step.file, step.announced)) state.failed.add(step.i);
      return;
    case 'move-aside':
      moveAside(context, step.file);
      return;
    case 'sync-moves':
      if (context.durable) for (const folder of context.moved) syncPath(folder);
      context.moved.clear();
      return;
    default:
      step satisfies never;
  }
}

function fail(context: ApplyContext, state: GroupState, file: Staged, error: unknown, what: string): void {
  const word = storeErrorOf(error)?.code ?? systemWord(error);
  const message = `${what}: ${(error as Error).message}`;
  state.failed.add(file.i);
  context.settle(file.i, withoutRows('error', word, message, file.source.rowsIn), file.before, file.old.seen);
}

/** Performs steps in their order. @returns how many files found the disk full */
async function performAll(context: ApplyContext, files: readonly Staged[]): Promise<number> {
  if (files.length === 0) return 0;
  const state: GroupState = { failed: new Set(), full: 0 };
  const { trees, intents, removes } = context;
  const steps = applySteps(files, {
    intents,
    removes,
    isThere: (folder) => trees.to.look(folder) === 'folder',
    isInPlace: (file, path) => trees.isInPlace(file, path),
    isAway: ({ old }) => !old.isAtItsPlace,
    takeBackupNumber: () => context.takeBackupNumber(),
  });
  for (const step of steps) {
    try {
      await perform(context, state, step);
    } catch (error) {
      // What cannot be done for one file is no reason to leave the others; what concerns all of them is.
      const file = step.do === 'keep-copy' ? files.find(({ i }) => i === step.i) : undefined;
      if (file === undefined) throw error;
      fail(context, state, file, error, 'The new place cannot be prepared');
    }
  }
  return state.full;
}

/**
 * A group of files: read, compared with what stands at their new places, written together, read back, recorded, and only
 * then moved aside. Files of one group that go to one entry are written one after the other.
 */
export async function applyGroup(
  context: ApplyContext,
  { items, read: rowsOf }: ReadGroup,
): Promise<'done' | 'disk-full'> {
  let staged: Staged[] = [];
  let taken = new Set<string>();
  let full = 0;
  const { intents } = context;
  context.trees.forget();
  const flush = async () => {
    full += await performAll(context, staged);
    staged = [];
    taken = new Set();
  };
  for (const [place, item] of items.entries()) {
    const read = await rowsOf(place);
    if (read.kind === 'outcome') {
      context.settle(item.i, read.outcome, item.before, read.seen);
      continue;
    }
    if (read.source.targets.some((target) => taken.has(pathOf(target)))) await flush();
    const writes = stage(context.trees, item.file, read);
    if ('fate' in writes) {
      context.settle(item.i, writes, item.before, read.old.seen);
      continue;
    }
    // What a killed run may have written for it is proven before others write there.
    const touched = intents.has(item.i) ? read.source.targets : writes.map(({ target }) => target);
    for (const target of touched) taken.add(pathOf(target));
    staged.push({ ...item, ...read, writes });
  }
  await flush();
  context.journal.commit();
  return full > 0 ? 'disk-full' : 'done';
}
