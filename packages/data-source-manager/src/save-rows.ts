import {
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  type Interval,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { timesOf } from './batch-rows.ts';
import type { Engine, Landed } from './engine.ts';
import { findGaps } from './find-gaps.ts';
import { knownOutage } from './known-outages.ts';
import type { EntryFacts, Hole, SaveFacts, SourceFacts } from './ports.ts';
import { union } from './spans.ts';

/** Where within the spans bars are missing; those in a known outage are explained at once. */
export function holesOf(
  dataset: Dataset,
  batch: ColumnBatch,
  interval: Interval | undefined,
  spans: readonly TimeSpan[],
): Hole[] {
  if (interval === undefined) return [];
  const times = timesOf(dataset, batch);
  return spans.flatMap((span) => findGaps(times, interval, span)).map((hole) => explained(dataset, hole));
}

function explained(dataset: Dataset, hole: TimeSpan): Hole {
  const evidence = knownOutage(dataset, hole);
  return evidence === undefined ? hole : { ...hole, kind: 'exchange-outage', evidence };
}

export interface RowsToSave {
  readonly key: CacheKey;
  readonly batch: ColumnBatch;
  readonly facts: SourceFacts;
  /** What the rows answer for. @default the whole day or month */
  readonly spans?: readonly TimeSpan[];
  readonly holes: readonly Hole[];
}

/**
 * Saves rows. A cache that cannot take them (a full disk, a read-only folder) does not take them from the caller:
 * they are answered from memory, with a warning.
 */
export async function saveRows(engine: Engine, rows: RowsToSave): Promise<Landed> {
  const { key, batch, holes, facts } = rows;
  const saved: SaveFacts = {
    ...facts,
    holes,
    asOf: engine.now(),
    ...(rows.spans === undefined ? {} : { spans: rows.spans }),
  };
  try {
    const result = await engine.cache.save(key, batch, saved);
    return { key, facts: result.facts, conflicts: result.conflicts };
  } catch (error) {
    const spans = union(rows.spans ?? [spanOf(key.date)]);
    const whole = spanOf(key.date);
    const complete = spans.length === 1 && spans[0]!.start <= whole.start && spans[0]!.end >= whole.end;
    const inMemory: EntryFacts = {
      ...facts,
      state: complete ? 'complete' : 'partial',
      layout: 'new',
      rows: batch.numRows,
      spans,
      holes,
    };
    return { key, facts: inMemory, conflicts: [], unsaved: { batch, error } };
  }
}
