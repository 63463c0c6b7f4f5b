import type { Conflict, StoredFacts } from '../contract/entry-facts.ts';
import { type EncodedEntry, encodeEntry } from '../format/encode-entry.ts';
import { metadataOf } from '../format/metadata.ts';
import { storedSchema } from '../format/open-entry.ts';
import { readOld } from '../read/load-entry.ts';
import { type Said, describeRows, saidOf, withOrigins } from '../rows/attribute.ts';
import { uniteQuality } from '../rows/quality.ts';
import { type Rows, type SourceRank, precedence } from '../rows/rows.ts';
import { uniteRows } from '../rows/unite-rows.ts';
import type { StoreContext } from '../store/store-context.ts';
import { areTheSameRows, isAllThere } from './all-there.ts';
import type { CheckedRows } from './check-rows.ts';
import { isDamage, isUnsealed, quarantine } from '../store/quarantine.ts';

/** An entry that is ready to be written. */
export interface Prepared {
  readonly path: string;
  readonly facts: StoredFacts;
  readonly conflicts: readonly Conflict[];
  /** Undefined where the file already is what it should be. */
  readonly encoded: EncodedEntry | undefined;
  /** Whether there was nothing under the path. */
  readonly isNew: boolean;
  /** Whether the old file may have been marked as one that no longer counts. */
  readonly hasMarker: boolean;
}

/** Unites rows with what is there; whoever calls holds the lease. */
export async function prepare(store: StoreContext, item: CheckedRows, signal?: AbortSignal): Promise<Prepared> {
  const { key, dataset } = item;
  const { sourceRank } = store.catalog;
  const existing = await readExisting(store, item);
  const old = existing?.facts.state === 'complete' ? undefined : await readOld(store, key, signal);
  if (existing !== undefined && old === undefined && isAllThere(item, existing, sourceRank)) {
    const { facts } = existing;
    return { path: item.path, facts, conflicts: item.conflicts, encoded: undefined, isNew: false, hasMarker: true };
  }
  let { rows } = item;
  const conflicts = [...item.conflicts];
  const before = [
    ...(old === undefined ? [] : [old.rows]),
    ...(existing === undefined || (old === undefined && areTheSameRows(item, existing, sourceRank))
      ? []
      : [withOrigins(dataset, existing.columns, existing.facts)]),
  ];
  if (before.length > 0) {
    // The oldest first, so that of equal precedence the latest is kept.
    rows = [...before, rows].reduce((earlier, later) => {
      const united = uniteRows(dataset, earlier, later, sourceRank, key.interval);
      conflicts.push(...united.conflicts);
      return united.rows;
    });
  }
  const said = [saidOf(item.facts, item.answered)];
  let quality = item.facts.quality;
  if (existing !== undefined) {
    const { facts } = existing;
    said.push(facts);
    const known = { quality: facts.quality, spans: facts.spans, rank: precedence(facts, sourceRank) };
    const rank = precedence(item.rows.origins[0]!, sourceRank);
    quality = uniteQuality(known, { quality, spans: item.answered, rank });
  }
  // Which holes an old file has is no word of a source: the grid tells.
  if (old !== undefined) said.push({ spans: old.facts.spans, holes: [] });
  const prepared = encode(item, rows, said, sourceRank, quality, conflicts);
  const isSame = prepared.encoded.sha256 === existing?.sha256;
  return {
    ...prepared,
    encoded: isSame ? undefined : prepared.encoded,
    isNew: existing === undefined,
    hasMarker: true,
  };
}

/** Rows of which there is nothing yet. */
export function prepareNew(item: CheckedRows, sourceRank: SourceRank): Prepared & { readonly encoded: EncodedEntry } {
  return encode(item, item.rows, [saidOf(item.facts, item.answered)], sourceRank, item.facts.quality, item.conflicts);
}

function encode(
  { key, path, dataset }: CheckedRows,
  rows: Rows,
  said: readonly Said[],
  sourceRank: SourceRank,
  quality: StoredFacts['quality'],
  conflicts: readonly Conflict[],
): Prepared & { readonly encoded: EncodedEntry } {
  const facts = describeRows(key, dataset, rows, said, sourceRank, quality);
  const encoded = encodeEntry(storedSchema(dataset), rows.numRows, rows.columns, metadataOf(path, facts));
  return { path, facts, conflicts, encoded, isNew: true, hasMarker: false };
}

/** What is there now, read under the lease. What cannot be read is moved aside first: nothing is overwritten unseen. */
async function readExisting(store: StoreContext, { key, path }: CheckedRows) {
  if (store.disk.lstat(path) === undefined) return undefined;
  try {
    return store.reader.withFile(path, (file, stat) => {
      // Whatever the policy: rows that are sealed anew pass for whole ones from then on.
      const opened = store.reader.openAnywhere(path, file, stat, key);
      const { facts, sha256 } = store.reader.accept(path, stat, opened.entry, true);
      return { facts, sha256, columns: store.reader.columns(path, file, opened) };
    });
  } catch (error) {
    if (!isDamage(error) && !isUnsealed(error)) throw error;
    await quarantine(store, path, error);
    return undefined;
  }
}
