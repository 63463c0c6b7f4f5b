import { groupOf, withoutRows } from '../contract/outcome.ts';
import { standingAt } from '../new-cache/new-place.ts';
import type { Migration } from './open-migration.ts';
import { type FileOutcome, outcomesOf } from './summary.ts';

/** What finish has seen of single files. */
export interface SeenByFinish {
  /** Old files whose rows it has just found in the new place, by their ordinals. */
  readonly proven: ReadonlySet<number>;
  /** Old files that it left aside, and why. */
  readonly left: ReadonlyMap<string, string>;
}

const NOTHING_SEEN: SeenByFinish = { proven: new Set(), left: new Map() };

/** What was recorded of a finished migration, as far as the new tree still has it: no success is told that was not seen. */
export function* finishedOutcomes(
  migration: Migration,
  { proven, left }: SeenByFinish = NOTHING_SEEN,
): Generator<FileOutcome> {
  const { trees } = migration;
  for (const each of outcomesOf(migration)) {
    const { i, file, outcome } = each;
    const found = left.get(file.file);
    if (groupOf(outcome.fate) === 'failed' || (found === undefined && proven.has(i))) yield each;
    else if (found !== undefined) {
      const message = 'Its rows could not be verified in the new place; it stays aside.';
      yield { i, file, outcome: withoutRows('refused', found, message, outcome.rowsIn) };
    } else {
      trees.forget();
      const isLost = outcome.targets.some(({ path }) => standingAt(trees.to, path).kind !== 'entry');
      const message = 'Its rows are no longer in the new place.';
      yield isLost ? { i, file, outcome: withoutRows('vanished', 'rows-gone', message, outcome.rowsIn) } : each;
    }
  }
}
