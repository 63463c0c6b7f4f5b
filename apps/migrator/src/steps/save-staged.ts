import { type SaveItem, writeArrowFile } from '@vision-cache/arrow-store';
import { pathOf } from '../new-cache/compare-rows.ts';
import type { Staged } from '../new-cache/stage-file.ts';
import type { SourceRows } from '../old-cache/read-source.ts';
import type { TargetRows } from '../old-cache/split-rows.ts';
import type { ApplyContext } from './apply-context.ts';

/** Saves all together, so that they wait for the disk once; where that fails, one by one, so that one failure is one. */
export async function saveStaged(context: ApplyContext, files: readonly Staged[]): Promise<Map<number, unknown>> {
  const failures = new Map<number, unknown>();
  const together: Staged[] = [];
  for (const each of files) {
    // The store would put what has no seal into quarantine under a random name; a copy of it is kept already.
    const replaced = each.writes.filter(({ standing }) => standing.kind === 'damaged' || standing.kind === 'unsealed');
    if (replaced.length === 0) {
      together.push(each);
      continue;
    }
    try {
      for (const { target, adopted } of replaced) {
        // In one step, so that no reader finds nothing there; the rows that are to be united with these come after.
        const item =
          adopted === undefined
            ? itemOf(context, each.source, target)
            : itemOf(context, adopted.source, adopted.target);
        const durability = context.durable ? 'entry' : 'none';
        await writeArrowFile(context.trees.newPath(pathOf(item)), item.batch, item.facts, { durability });
      }
      await saveAll(context, itemsOf(context, each));
    } catch (error) {
      failures.set(each.i, error);
    }
  }
  try {
    await saveAll(
      context,
      together.flatMap((each) => itemsOf(context, each)),
    );
  } catch {
    for (const each of together) {
      try {
        await saveAll(context, itemsOf(context, each));
      } catch (error) {
        failures.set(each.i, error);
      }
    }
  }
  return failures;
}

async function saveAll(context: ApplyContext, items: readonly SaveItem[]): Promise<void> {
  if (items.length > 0) await context.store.saveMany(items);
}

const itemsOf = (context: ApplyContext, { source, writes }: Staged): SaveItem[] =>
  writes.map(({ target }) => itemOf(context, source, target));

function itemOf(context: ApplyContext, source: SourceRows, { key, batch, spans }: TargetRows): SaveItem {
  const { sha256: sourceSha256, missingColumns } = source;
  if (source.facts !== undefined) {
    // An entry that is in the new form already keeps what is known of it.
    const {
      state: _state,
      rows: _rows,
      first: _first,
      last: _last,
      contributions: _contributions,
      ...facts
    } = source.facts;
    return { key, batch, facts: { ...facts, asOf: context.now() } };
  }
  return { key, batch, facts: { source: 'migrated', sourceSha256, spans, missingColumns, asOf: context.now() } };
}
