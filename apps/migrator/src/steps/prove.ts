import type { ApplyContext } from './apply-context.ts';
import { compareRows, pathOf, standingAt } from '../new-cache/new-place.ts';
import { type Written, withoutRows } from '../contract/outcome.ts';
import { outcomeOf } from '../new-cache/outcome-of.ts';
import { type Staged, datasetOf, systemWord } from '../new-cache/stage-file.ts';

/** Reads every row back from its new place; only what is there counts. */
export function prove(context: ApplyContext, staged: Staged, written: readonly Written[]): boolean {
  const { i, file, source, before, notes } = staged;
  const wrote: Written[] = [];
  try {
    for (const target of source.targets) {
      const path = pathOf(target);
      const standing = standingAt(context.plan.header.to, path, context.readBack);
      const holds =
        standing.kind === 'entry' &&
        compareRows(standing, { target, missingColumns: source.missingColumns, lossy: source.lossy }, datasetOf(target))
          .kind === 'equal';
      if (!holds) {
        const message = `${path} does not hold its rows after writing.`;
        context.settle(i, withoutRows('error', 'not-proven', message, source.rowsIn), before);
        return false;
      }
      const planned = written.find((each) => each.path === path);
      if (planned !== undefined) wrote.push({ ...planned, after: standing.fingerprint });
      else {
        // A killed run wrote it and could not say so.
        const earlier = context.intents.get(i)?.to.find((each) => each.path === path);
        if (earlier !== undefined && earlier.before !== standing.fingerprint)
          wrote.push({ ...earlier, after: standing.fingerprint });
      }
    }
  } catch (error) {
    context.settle(
      i,
      withoutRows('error', systemWord(error), `It cannot be read back: ${(error as Error).message}`, source.rowsIn),
      before,
    );
    return false;
  }
  const inPlace = source.targets.some((target) => context.newPath(pathOf(target)) === context.oldPath(file.file));
  const again = before !== undefined && before.targets.length > 0 && wrote.length === 0;
  context.settle(
    i,
    again ? before : outcomeOf(file, source, wrote, [...notes, ...(inPlace ? ['in-place'] : [])]),
    before,
  );
  return true;
}
