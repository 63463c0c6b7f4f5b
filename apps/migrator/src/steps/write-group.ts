import { copyFileSync, existsSync, linkSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type SaveItem, writeArrowFile } from '@vision-cache/arrow-store';
import { cachePath } from '@vision-cache/cache-keys';
import type { ApplyContext } from './apply-context.ts';
import { backupPath } from './journal.ts';
import { pathOf } from '../new-cache/new-place.ts';
import { type Written, withoutRows } from '../contract/outcome.ts';
import { prove } from './prove.ts';
import type { SourceRows } from '../old-cache/read-source.ts';
import { removeOld } from './remove-old.ts';
import type { TargetRows } from '../old-cache/split-rows.ts';
import { type Staged, systemWord } from '../new-cache/stage-file.ts';
import { storeErrorOf } from '../old-cache/store-errors.ts';
import { syncPath } from '../disk/sync-path.ts';

/** An outcome's record, and what each of its targets adds to it, with room to spare. */
const RECORD_BYTES = 1024;

/** Writes what is staged, proves it, records it. Returns how many files found the disk full. */
export async function writeStaged(context: ApplyContext, staged: readonly Staged[]): Promise<number> {
  if (staged.length === 0) return 0;
  const intents = new Map<number, Written[]>();
  let prepared: Staged[] = [];
  for (const each of staged) {
    try {
      intents.set(each.i, prepareWrites(context, each));
      prepared.push(each);
    } catch (error) {
      const message = `The new place cannot be prepared: ${(error as Error).message}`;
      context.settle(each.i, withoutRows('error', systemWord(error), message, each.source.rowsIn), each.before);
    }
  }
  context.journal.commit();
  context.journal.reserve(RECORD_BYTES * prepared.reduce((sum, { source }) => sum + 1 + source.targets.length, 1));
  const failures = await save(context, prepared);
  prepared = prepared.filter(({ i }) => !failures.has(i));
  let full = 0;
  for (const [i, error] of failures) {
    const each = staged.find((one) => one.i === i)!;
    if (storeErrorOf(error)?.code === 'E_NO_SPACE') full += 1;
    const message = `It cannot be written: ${(error as Error).message}`;
    context.settle(
      i,
      withoutRows('error', storeErrorOf(error)?.code ?? systemWord(error), message, each.source.rowsIn),
      each.before,
    );
  }
  const proven = prepared.filter((each) => prove(context, each, intents.get(each.i)!));
  context.journal.commit();
  if (context.removes) removeOld(context, proven);
  return full;
}

/** Records what is about to be written and keeps what is there. */
function prepareWrites(context: ApplyContext, { i, source, writes }: Staged): Written[] {
  const made: string[] = [];
  const to = writes.map(({ target, standing }): Written => {
    const path = pathOf(target);
    made.push(...missingFolders(context, path));
    // What a killed run found there before it wrote is what a rollback has to bring back.
    const earlier = context.intents.get(i)?.to.find((each) => each.path === path);
    if (earlier !== undefined) return { ...earlier, after: '' };
    if (standing.kind === 'nothing') return { path, before: null, backup: null, after: '' };
    const backup = context.takeBackupNumber();
    keepCopy(context.newPath(path), backupPath(context.plan, backup));
    return { path, before: standing.fingerprint, backup, after: '' };
  });
  if (made.length > 0) context.journal.add({ t: 'folders', made });
  if (to.length > 0) {
    context.journal.add({
      t: 'intent',
      i,
      sha256: source.facts?.sourceSha256 ?? source.sha256,
      to: to.map(({ path, before, backup }) => ({ path, before, backup })),
    });
    context.changed = true;
    if (context.durable && to.some(({ backup }) => backup !== null)) syncPath(dirname(backupPath(context.plan, 0)));
  }
  return to;
}

/** Folders above a new path that are not there, outermost first. */
function missingFolders(context: ApplyContext, path: string): string[] {
  const missing: string[] = [];
  for (let folder = dirname(path); folder !== '.' && !context.folders.has(folder); folder = dirname(folder)) {
    context.folders.add(folder);
    if (!existsSync(context.newPath(folder))) missing.unshift(folder);
  }
  return missing;
}

/** A second name for a file costs nothing, and keeps its bytes when the first is replaced. */
function keepCopy(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // A file system without links.
    syncPath(to);
  }
}

/** Saves all together, so that they wait for the disk once; where that fails, one by one, so that one failure is one. */
async function save(context: ApplyContext, staged: readonly Staged[]): Promise<Map<number, unknown>> {
  const failures = new Map<number, unknown>();
  const together: Staged[] = [];
  for (const each of staged) {
    // The store would put what has no seal into quarantine under a name of chance; a copy of it is kept already.
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
        const path = context.newPath(cachePath(item.key));
        await writeArrowFile(path, item.batch, item.facts, { durability: context.durable ? 'entry' : 'none' });
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
