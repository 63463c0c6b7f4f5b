import { type Written, withoutRows } from '../contract/outcome.ts';
import type { AnnouncedWrite } from '../ledger/records.ts';
import { compareRows, pathOf } from '../new-cache/compare-rows.ts';
import { standingAt } from '../new-cache/new-place.ts';
import { outcomeOf } from '../new-cache/outcome-of.ts';
import { systemWord } from '../new-cache/read-item.ts';
import { type Staged, datasetOf, incomingOf } from '../new-cache/stage-file.ts';
import type { ApplyContext } from './apply-context.ts';

/** Reads every row of a file back from its new place, and records its outcome; only what is there counts. */
export function prove(context: ApplyContext, staged: Staged, announced: readonly AnnouncedWrite[]): boolean {
  const { i, file, source, before, notes, old } = staged;
  const wrote: Written[] = [];
  const holds: string[] = [];
  const fail = (word: string, message: string): false => {
    context.settle(i, withoutRows('error', word, message, source.rowsIn), before, old.seen);
    return false;
  };
  try {
    for (const target of source.targets) {
      const path = pathOf(target);
      const standing = standingAt(context.trees.to, path, context.readBack);
      const isHeld =
        standing.kind === 'entry' &&
        compareRows(standing, incomingOf(source, target), datasetOf(target)).kind === 'equal';
      if (!isHeld) return fail('not-proven', `${path} does not contain its rows after writing.`);
      holds.push(standing.fingerprint);
      const planned =
        announced.find((each) => each.path === path) ??
        // A killed run wrote it and could not say so.
        context.intents.get(i)?.to.find((each) => each.path === path && each.before !== standing.fingerprint);
      if (planned !== undefined) wrote.push({ ...planned, after: standing.fingerprint });
    }
  } catch (error) {
    return fail(systemWord(error), `It cannot be read back: ${(error as Error).message}`);
  }
  const inPlace = source.targets.some((target) => context.trees.isInPlace(file.file, pathOf(target)));
  const isAgain = before !== undefined && before.outcome.targets.length > 0 && wrote.length === 0;
  // Others may have added rows to its entries since: what was recorded then stays true.
  if (isAgain) return true;
  const outcome = outcomeOf(file, source, { wrote, writes: wrote.length }, [
    ...notes,
    ...(inPlace ? ['in-place'] : []),
  ]);
  context.settle(i, outcome, before, old.seen, holds);
  return true;
}
