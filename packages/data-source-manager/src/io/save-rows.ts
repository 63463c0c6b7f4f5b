import {
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  edgeRows,
  expectationOf,
  floorOpenTime,
  type Interval,
  intervalMicroseconds,
  type MissingIds,
  missingRows,
  nextOpenTime,
  spanOf,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { rowsWithin, timesOf } from '../rows/batch-rows.ts';
import { ID_HOLE, OFF_GRID } from '../contract/coverage.ts';
import { findGaps } from '../rows/find-gaps.ts';
import { knownOutage } from '../publication/known-outages.ts';
import { throwIfAborted } from '../contract/errors.ts';
import type { Engine, SavedEntry } from './engine.ts';
import { mapConcurrent } from '../concurrency/ordered-prefetch.ts';
import type { Hole, Quality, SaveFacts, SourceFacts } from '../contract/ports.ts';
import { union } from '../spans/spans.ts';

/**
 * Where within the spans rows are missing, by what their dataset expects. Of bars those in a known outage are explained
 * at once; and, so that no store takes them for missing, there are the places in which a bar opens off the grid.
 */
export function holesOf(
  dataset: Dataset,
  batch: ColumnBatch,
  interval: Interval | undefined,
  spans: readonly TimeSpan[],
): Hole[] {
  if (interval === undefined) return spans.flatMap((span) => missingRows(dataset, batch, span).gaps);
  const times = timesOf(dataset, batch);
  const holes = spans.flatMap((span) => findGaps(times, interval, span)).map((hole) => explained(dataset, hole));
  return [...holes, ...offGridPlaces(times, interval)].sort((a, b) => (a.start < b.start ? -1 : 1));
}

/** The ids that are missing between the rows within the spans. */
export function idsOf(
  dataset: Dataset,
  batch: ColumnBatch,
  interval: Interval | undefined,
  spans: readonly TimeSpan[],
): readonly MissingIds[] {
  return interval === undefined ? spans.flatMap((span) => missingRows(dataset, batch, span).ids) : [];
}

/**
 * Where in a day's rows ids jump, and between them and the rows of the days around in the same file: so that the other
 * sources are asked for what is between. No gap of time is made of it.
 * @param parts the rows of the days of the file, in order
 * @param index the place of the day among them
 */
export function idHolesOf(
  dataset: Dataset,
  { date, interval }: CacheKey,
  parts: readonly ColumnBatch[],
  index: number,
): Hole[] {
  if (interval !== undefined || expectationOf(dataset).rule !== 'ids') return [];
  const whole = spanOf(date);
  // Beside it there may be days without a row, and the ids jump over them.
  const hasRows = ({ numRows }: ColumnBatch): boolean => numRows > 0;
  const earlier = parts.slice(0, index).filter(hasRows).at(-1);
  const later = parts.slice(index + 1).find(hasRows);
  const edges = {
    before: earlier === undefined ? undefined : edgeRows(dataset, earlier)?.last,
    after: later === undefined ? undefined : edgeRows(dataset, later)?.first,
  };
  return idHoles(missingRows(dataset, parts[index]!, whole, edges).ids, whole);
}

/** As {@link idHolesOf}, between the rows of each of some spans, which may go over midnight. */
export function idHolesWithin(dataset: Dataset, batch: ColumnBatch, spans: readonly TimeSpan[]): Hole[] {
  if (expectationOf(dataset).rule !== 'ids') return [];
  return spans.flatMap((span) => idHoles(missingRows(dataset, rowsWithin(dataset, batch, span), span).ids, span));
}

const idHoles = (ids: readonly MissingIds[], whole: TimeSpan): Hole[] =>
  ids.flatMap(({ from, to, after, before }) => {
    if (after === undefined || before === undefined) return [];
    const start = after < whole.start ? whole.start : after + 1n;
    const end = before < whole.end ? before : whole.end;
    return start < end ? [{ start, end, kind: ID_HOLE, evidence: `ids ${from} to ${to} are missing` }] : [];
  });

function explained(dataset: Dataset, hole: TimeSpan): Hole {
  const evidence = knownOutage(dataset, hole);
  return evidence === undefined ? hole : { ...hole, kind: 'exchange-outage', evidence };
}

function offGridPlaces(times: BigInt64Array, interval: Interval): Hole[] {
  if (times.length === 0 || isOnGrid(times, interval)) return [];
  const onGrid = new Set(times.filter((time) => floorOpenTime(interval, time) === time));
  const places: TimeSpan[] = [];
  for (const time of times) {
    const start = floorOpenTime(interval, time);
    if (!onGrid.has(start)) places.push({ start, end: nextOpenTime(interval, start) });
  }
  return union(places).map((place) => ({ ...place, kind: OFF_GRID, evidence: 'a bar opens within' }));
}

/** Reads the times as pairs of 32-bit words, so that no bigint is made for a row that is as it should be. */
function isOnGrid(times: BigInt64Array, interval: Interval): boolean {
  const step = intervalMicroseconds(interval);
  if (step === undefined) return times.every((time) => floorOpenTime(interval, time) === time);
  const words = new Int32Array(times.buffer, times.byteOffset, times.length * 2);
  const anchor = Number(floorOpenTime(interval, times[0]!));
  for (let row = 0; row < times.length; row++) {
    const time = words[row * 2 + 1]! * 4_294_967_296 + (words[row * 2]! >>> 0);
    if ((time - anchor) % Number(step) !== 0) return false;
  }
  return true;
}

export interface RowsToSave {
  readonly key: CacheKey;
  readonly batch: ColumnBatch;
  readonly facts: SourceFacts;
  /** What the rows answer for. @default the whole day or month */
  readonly spans?: readonly TimeSpan[];
  readonly holes: readonly Hole[];
  readonly missingIds?: readonly MissingIds[];
  readonly quality?: Quality;
}

/**
 * Saves rows. A cache that cannot take them (a full disk, a read-only folder) does not take them from the caller:
 * they are answered from memory, with a warning.
 */
export async function saveRows(engine: Engine, rows: RowsToSave, asOf: bigint): Promise<SavedEntry> {
  const { key, batch } = rows;
  try {
    const { facts, conflicts } = await engine.cache.save(key, batch, saveFacts(rows, asOf));
    return { key, facts, conflicts, isNew: true };
  } catch (error) {
    return inMemory(rows, error);
  }
}

/** Saves many entries at once where the cache can, for what is made durable together is made so sooner. */
export async function saveAllRows(
  engine: Engine,
  all: readonly RowsToSave[],
  asOf: bigint,
  signal: AbortSignal,
): Promise<SavedEntry[]> {
  if (engine.cache.saveMany !== undefined && all.length > 1) {
    const items = all.map((rows) => ({ key: rows.key, batch: rows.batch, facts: saveFacts(rows, asOf) }));
    try {
      const results = await engine.cache.saveMany(items, { signal });
      return results.map(({ facts, conflicts }, index) => ({ key: all[index]!.key, facts, conflicts, isNew: true }));
    } catch {
      // Which of them it was is found out one by one: the others need not suffer.
      throwIfAborted(signal);
    }
  }
  return mapConcurrent(all, (rows) => saveRows(engine, rows, asOf), { ahead: 8, signal });
}

function saveFacts({ facts, holes, spans, ...counts }: RowsToSave, asOf: bigint): SaveFacts {
  // The cache finds holes by itself; only what explains them, or who was asked for them, is news to it.
  const known = holes.filter(({ kind, asked }) => kind !== undefined || asked !== undefined);
  return { ...facts, holes: known, asOf, ...(spans === undefined ? {} : { spans }), ...told(counts) };
}

/** Only what there is. */
function told({ missingIds = [], quality = {} }: Pick<RowsToSave, 'missingIds' | 'quality'>) {
  return {
    ...(missingIds.length === 0 ? {} : { missingIds }),
    ...(Object.keys(quality).length === 0 ? {} : { quality }),
  };
}

function inMemory({ key, batch, facts: source, holes, ...rows }: RowsToSave, error: unknown): SavedEntry {
  const whole = spanOf(key.date);
  const spans = union(rows.spans ?? [whole]);
  const complete = spans.length === 1 && spans[0]!.start <= whole.start && spans[0]!.end >= whole.end;
  const state = complete ? 'complete' : 'partial';
  const facts = { ...source, state, layout: 'new', rows: batch.numRows, spans, holes, ...told(rows) } as const;
  return { key, facts, conflicts: [], isNew: true, unsaved: { batch, facts, error } };
}
