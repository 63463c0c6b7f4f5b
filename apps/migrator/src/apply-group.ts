import { copyFileSync, existsSync, fsyncSync, linkSync, lstatSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SaveItem } from '@vision-cache/arrow-store';
import { BINANCE, type Dataset } from '@vision-cache/cache-keys';
import type { ApplyContext } from './apply-context.ts';
import { assessAgain } from './assess-again.ts';
import { backupPath } from './journal.ts';
import type { PlannedFile } from './migration-plan.ts';
import { type Comparison, type Incoming, type Standing, compareRows, pathOf, standingAt } from './new-place.ts';
import { type Outcome, type Written, withoutRows } from './outcome.ts';
import { outcomeOf } from './outcome-of.ts';
import { type SourceRows, decodeSource } from './read-source.ts';
import { removeOld } from './remove-old.ts';
import type { TargetRows } from './split-rows.ts';
import { storeErrorOf } from './store-errors.ts';

export interface GroupItem {
  readonly i: number;
  readonly file: PlannedFile;
  /** What an earlier run found. */
  readonly before: Outcome | undefined;
}

interface Adopted {
  readonly source: SourceRows;
  readonly target: TargetRows;
}

interface Write {
  readonly target: TargetRows;
  readonly standing: Standing;
  /** Rows of a file without a seal that stands there, and is taken in first. */
  readonly adopted: Adopted | undefined;
}

/** A file whose rows are known, on their way to the new place. */
interface Staged extends GroupItem {
  readonly source: SourceRows;
  readonly writes: readonly Write[];
  readonly notes: readonly string[];
}

/**
 * A group of files: read, compared with what stands at their new places, written together, read back, recorded, and only
 * then removed. Files of one group that go to one entry are written one after the other.
 */
export async function applyGroup(context: ApplyContext, items: readonly GroupItem[]): Promise<'done' | 'disk-full'> {
  let staged: Staged[] = [];
  let taken = new Set<string>();
  let full = 0;
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

/** The rows of an old file as it is now, or the outcome that reading it already is. */
function readItem(context: ApplyContext, item: GroupItem): Outcome | { source: SourceRows; notes: readonly string[] } {
  const path = context.oldPath(item.file.file);
  const saved = context.intents.get(item.i)?.to.find(({ path: to, backup }) => backup !== null && context.newPath(to) === path);
  const from = saved === undefined ? path : backupPath(context.plan, saved.backup!);
  try {
    const stats = lstatSync(from, { throwIfNoEntry: false });
    if (stats === undefined) {
      if (item.before !== undefined) return item.before; // Moved aside by an earlier run.
      return withoutRows('vanished', 'vanished', 'It was there when the plan was made, and is not now.');
    }
    let { file } = item;
    const notes: string[] = [];
    if (saved === undefined && (stats.size !== file.size || Math.floor(stats.mtimeMs) !== file.changed)) {
      file = assessAgain(context.plan.header, file, path);
      notes.push('changed-since-plan');
    }
    if (file.fate === 'refuse') {
      const message = REFUSALS[file.reason ?? ''] ?? `It is refused: ${file.reason ?? 'unknown'}.`;
      return withoutRows('refused', file.reason ?? 'unknown', message);
    }
    const source = decodeSource(readFileSync(from), file);
    if (!source.ok) return { ...withoutRows('refused', source.reason, source.message, source.rowsIn), flags: notes };
    if (source.targets.length === 0) {
      const message = 'Its only row is of a bar that was not finished when it was written.';
      return withoutRows('refused', 'unfinished', message, source.rowsIn);
    }
    return { source, notes };
  } catch (error) {
    return withoutRows('error', systemWord(error), `It cannot be read: ${(error as Error).message}`);
  }
}

const REFUSALS: Readonly<Record<string, string>> = {
  empty: 'It is empty.',
  zeros: 'It holds only zero bytes.',
  cut: 'It is cut: it does not end as it starts.',
  garbage: 'Its bytes are of no format that old caches were written in.',
  zip: 'It is a zip under a wrong name.',
  'feather-v1': 'It is a Feather file of version 1; pyarrow can rewrite it.',
  'git-lfs-pointer': 'It is a Git LFS pointer: the file itself was never fetched.',
  xml: 'It is XML or HTML, probably the error page of a download.',
  'unknown-market': 'Its symbol is of no spot market, and its path names none: give --market.',
  'not-klines': 'It is under a new path of data that old caches did not hold.',
};

const systemWord = (error: unknown): string =>
  (error as { code?: string }).code ?? storeErrorOf(error)?.code ?? 'unexpected';

function datasetOf(target: TargetRows): Dataset {
  return BINANCE.datasetOf<Dataset>(target.key as never);
}

/**
 * The rows of a file without a seal that stands at a new path, or stood there before a killed run took it away. They
 * were written by the roadmap's own script, and are united with ours; undefined where there are none to be trusted.
 */
function adoptable(context: ApplyContext, { i, file }: GroupItem, target: TargetRows, standing: Standing): Adopted | undefined {
  const path = pathOf(target);
  if (context.newPath(path) === context.oldPath(file.file)) return undefined; // It is the old file itself.
  const earlier = context.intents.get(i)?.to.find((each) => each.path === path && each.backup !== null);
  let from: string | undefined;
  if (standing.kind === 'unsealed') from = context.newPath(path);
  else if (standing.kind === 'nothing' && earlier !== undefined) from = backupPath(context.plan, earlier.backup!);
  if (from === undefined) return undefined;
  const { key } = target;
  const as: PlannedFile = {
    ...file, file: path, generations: ['N'], changed: 0, market: key.marketType, symbol: key.symbol,
    intervals: key.interval === undefined ? [] : [key.interval], date: key.date,
  }; // prettier-ignore
  const { sha256: _recorded, ...unrecorded } = as;
  const source = decodeSource(readFileSync(from), unrecorded);
  const own = source.ok ? source.targets.find((each) => pathOf(each) === path) : undefined;
  return source.ok && own !== undefined && source.targets.length === 1 ? { source, target: own } : undefined;
}

/** What stands at a new place against what is to come there: sealed, unsealed, or nothing that can be trusted. */
function compareWith(context: ApplyContext, item: GroupItem, incoming: Incoming, standing: Standing): Comparison {
  const dataset = datasetOf(incoming.target);
  if (standing.kind === 'entry') return compareRows(standing, incoming, dataset);
  const adopted = adoptable(context, item, incoming.target, standing);
  if (adopted === undefined) return { kind: 'adds' };
  const missingColumns = new Set(adopted.source.missingColumns);
  const { batch } = adopted.target;
  const as = { kind: 'entry', fingerprint: '', batch, missingColumns, sources: new Set<string>() } as const;
  const compared = compareRows(as, incoming, dataset);
  return compared.kind === 'conflict' ? compared : { kind: 'adds' };
}

/** What has to be written for a file, or the outcome where nothing has. */
function stage(context: ApplyContext, item: GroupItem, source: SourceRows, notes: readonly string[]): Outcome | Staged {
  const writes: Write[] = [];
  try {
    for (const target of source.targets) {
      const standing = standingAt(context.plan.header.to, pathOf(target));
      const incoming = { target, missingColumns: source.missingColumns, lossy: source.lossy };
      const compared = compareWith(context, item, incoming, standing);
      if (compared.kind === 'conflict') {
        const message = `${pathOf(target)} has other values for the same times; neither is changed.`;
        return { ...withoutRows('conflict', 'conflict', message, source.rowsIn), conflicts: compared.conflicts, flags: notes };
      }
      if (compared.kind === 'equal') continue;
      const adopted = adoptable(context, item, target, standing);
      writes.push({ target, standing, adopted });
    }
  } catch (error) {
    return withoutRows('error', systemWord(error), `Its new place cannot be read: ${(error as Error).message}`, source.rowsIn);
  }
  return { ...item, source, writes, notes };
}

/** Writes what is staged, proves it, records it. Returns how many files found the disk full. */
async function writeStaged(context: ApplyContext, staged: readonly Staged[]): Promise<number> {
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
  const failures = await save(context, prepared);
  prepared = prepared.filter(({ i }) => !failures.has(i));
  let full = 0;
  for (const [i, error] of failures) {
    const each = staged.find((one) => one.i === i)!;
    if (storeErrorOf(error)?.code === 'E_NO_SPACE') full += 1;
    const message = `It cannot be written: ${(error as Error).message}`;
    context.settle(i, withoutRows('error', storeErrorOf(error)?.code ?? systemWord(error), message, each.source.rowsIn), each.before);
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
    context.journal.add({ t: 'intent', i, sha256: source.sha256, to: to.map(({ path, before, backup }) => ({ path, before, backup })) });
    context.changed = true;
    if (to.some(({ backup }) => backup !== null)) syncFolder(context, dirname(backupPath(context.plan, 0)));
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
  }
}

function syncFolder(context: ApplyContext, path: string): void {
  if (!context.durable) return;
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Saves all together, so that they wait for the disk once; where that fails, one by one, so that one failure is one. */
async function save(context: ApplyContext, staged: readonly Staged[]): Promise<Map<number, unknown>> {
  const failures = new Map<number, unknown>();
  const together: Staged[] = [];
  for (const each of staged) {
    // The store would put what has no seal into quarantine under a name of chance; a copy of it is kept already.
    const replaced = each.writes.filter(({ standing }) => standing.kind === 'damaged' || standing.kind === 'unsealed');
    if (replaced.length === 0 && each.writes.every(({ adopted }) => adopted === undefined)) {
      together.push(each);
      continue;
    }
    try {
      for (const { target } of replaced) rmSync(context.newPath(pathOf(target)), { force: true });
      const adopted = each.writes.flatMap((write) => (write.adopted === undefined ? [] : [write.adopted]));
      await saveAll(context, adopted.map((write) => itemOf(context, write.source, write.target)));
      await saveAll(context, itemsOf(context, each));
    } catch (error) {
      failures.set(each.i, error);
    }
  }
  try {
    await saveAll(context, together.flatMap((each) => itemsOf(context, each)));
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
  return { key, batch, facts: { source: 'migrated', sourceSha256, spans, missingColumns, asOf: context.now() } };
}

/** Reads every row back from its new place; only what is there counts. */
function prove(context: ApplyContext, staged: Staged, written: readonly Written[]): boolean {
  const { i, file, source, before, notes } = staged;
  const wrote: Written[] = [];
  try {
    for (const target of source.targets) {
      const path = pathOf(target);
      const standing = standingAt(context.plan.header.to, path);
      const holds =
        standing.kind === 'entry' &&
        compareRows(standing, { target, missingColumns: source.missingColumns, lossy: source.lossy }, datasetOf(target)).kind === 'equal';
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
        if (earlier !== undefined && earlier.before !== standing.fingerprint) wrote.push({ ...earlier, after: standing.fingerprint });
      }
    }
  } catch (error) {
    context.settle(i, withoutRows('error', systemWord(error), `It cannot be read back: ${(error as Error).message}`, source.rowsIn), before);
    return false;
  }
  const inPlace = source.targets.some((target) => context.newPath(pathOf(target)) === context.oldPath(file.file));
  const again = before !== undefined && before.targets.length > 0 && wrote.length === 0;
  context.settle(i, again ? before : outcomeOf(file, source, wrote, [...notes, ...(inPlace ? ['in-place'] : [])]), before);
  return true;
}
