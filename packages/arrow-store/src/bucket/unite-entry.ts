import type { Conflict, StoredFacts } from '../contract/entry-facts.ts';
import { type EncodedEntry, encodeEntry } from '../format/encode-entry.ts';
import { metadataOf } from '../format/metadata.ts';
import { storedSchema } from '../format/open-entry.ts';
import { describeRows, saidOf, withOrigins } from '../rows/attribute.ts';
import { uniteQuality } from '../rows/quality.ts';
import { type SourceRank, precedence } from '../rows/rows.ts';
import { uniteRows } from '../rows/unite-rows.ts';
import { type Existing, areTheSameRows, isAllThere } from '../write/all-there.ts';
import type { CheckedRows } from '../write/check-rows.ts';

export interface UnitedEntry {
  readonly facts: StoredFacts;
  readonly conflicts: readonly Conflict[];
  /** Undefined if what is there already is what it should be. */
  readonly encoded: EncodedEntry | undefined;
}

/** Rows united with an entry that is there, or the entry of rows if there is none. */
export function uniteEntry(item: CheckedRows, existing: Existing | undefined, rank: SourceRank): UnitedEntry {
  if (existing !== undefined && isAllThere(item, existing, rank)) {
    return { facts: existing.facts, conflicts: item.conflicts, encoded: undefined };
  }
  const said = [saidOf(item.facts, item.answered)];
  let { rows } = item;
  let { quality } = item.facts;
  const conflicts = [...item.conflicts];
  if (existing !== undefined) {
    const { facts, columns } = existing;
    if (!areTheSameRows(item, existing, rank)) {
      const united = uniteRows(item.dataset, withOrigins(item.dataset, columns, facts), rows, rank, item.key.interval);
      conflicts.push(...united.conflicts);
      rows = united.rows;
    }
    said.push(facts);
    const before = { quality: facts.quality, spans: facts.spans, rank: precedence(facts, rank) };
    quality = uniteQuality(before, { quality, spans: item.answered, rank: precedence(item.rows.origins[0]!, rank) });
  }
  const facts = describeRows(item.key, item.dataset, rows, said, rank, quality);
  const metadata = metadataOf(item.path, facts);
  const encoded = encodeEntry(storedSchema(item.dataset), rows.numRows, rows.columns, metadata);
  return { facts, conflicts, encoded };
}
