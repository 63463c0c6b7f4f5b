import { BINANCE, type CacheKey, cachePath, type ColumnBatch, type Dataset, epochMicroseconds, type Interval, type MissingIds, nextOpenTime, spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import { concatBatches, emptyBatch, project, rowsOfKey, rowsWithin, timesOf } from '../rows/batch-rows.ts';
import { findGaps } from '../rows/find-gaps.ts';
import { mergeBatches } from '../rows/merge-batches.ts';
import type {
  AbsentFacts,
  CachePort,
  EntryFacts,
  Hole,
  KnownFacts,
  Lease,
  Loaded,
  LoadManyOptions,
  SaveFacts,
  SaveResult,
} from '../contract/ports.ts';
import { clip, subtract, union } from '../spans/spans.ts';

interface Entry {
  readonly batch: ColumnBatch;
  readonly facts: EntryFacts;
}

const RANK: Readonly<Record<string, number>> = { vision: 0, rest: 1, migrated: 2 };

/** A cache in memory that keeps the port's promises: rows are united, what is there is never replaced by less. */
export class FakeCache implements CachePort {
  readonly entries = new Map<string, Entry>();
  readonly absences = new Map<string, AbsentFacts>();
  readonly calls = { coverage: 0, loadMany: 0, save: 0, saveAbsent: 0, lease: 0, keysLookedAt: 0, keysLoaded: 0 };
  /** Paths whose next saves fail, by the number of times. */
  failSaves = 0;
  readonly #leases = new Map<string, Promise<void>>();

  async coverage(keys: readonly CacheKey[]): Promise<readonly KnownFacts[]> {
    this.calls.coverage++;
    this.calls.keysLookedAt += keys.length;
    await Promise.resolve();
    return keys.map((key) => this.#known(key));
  }

  async loadMany<D extends Dataset>(keys: readonly CacheKey<D>[], options: LoadManyOptions = {}): Promise<Loaded<D>> {
    this.calls.loadMany++;
    this.calls.keysLoaded += keys.length;
    await Promise.resolve();
    const [first] = keys;
    if (first === undefined) {
      return { batch: { dataset: '', numRows: 0, columns: {} } as never, entries: [] };
    }
    const dataset = BINANCE.datasetOf(first as never) as unknown as D;
    const span = {
      start: epochMicroseconds(options.start ?? spanOf(first.date).start),
      end: epochMicroseconds(options.end ?? spanOf(keys.at(-1)!.date).end),
    };
    const batches = keys.map((key) => this.entries.get(cachePath(key))?.batch ?? emptyBatch(dataset));
    const all = rowsWithin(dataset, concatBatches(dataset, batches as ColumnBatch<D>[]), span);
    const batch = options.columns === undefined ? all : project(dataset, all, options.columns);
    return { batch, entries: keys.map((key) => this.#known(key)) };
  }

  async save<D extends Dataset>(key: CacheKey<D>, batch: ColumnBatch<D>, facts: SaveFacts): Promise<SaveResult> {
    this.calls.save++;
    await Promise.resolve();
    if (this.failSaves > 0) {
      this.failSaves--;
      throw Object.assign(new Error('no space left'), { code: 'E_NO_SPACE' });
    }
    const dataset = BINANCE.datasetOf(key as never) as unknown as D;
    const closed = closedRows(dataset, batch, key.interval, epochMicroseconds(facts.asOf));
    if (rowsOfKey(dataset, closed, key).numRows !== closed.numRows)
      throw new Error(`rows of another day for ${key.date}`);
    const path = cachePath(key);
    const before = this.entries.get(path);
    const { asOf: _, holes = [], spans = [spanOf(key.date)], missingIds, quality, ...source } = facts;
    const answered = union([...(before?.facts.spans ?? []), ...clip(spans, spanOf(key.date))]);
    const added = { batch: closed, source: facts.source };
    const kept =
      before === undefined ? undefined : { batch: before.batch as ColumnBatch<D>, source: before.facts.source };
    // Of equal rank the later saved one is kept.
    const addedFirst =
      kept === undefined || before!.facts.state === 'degraded' || rank(added.source) <= rank(kept.source);
    const inputs = kept === undefined ? [added] : addedFirst ? [added, kept] : [kept, added];
    const { batch: rows, conflicts } = mergeBatches(dataset, inputs, key.interval);
    const times = timesOf(dataset, rows);
    const gaps =
      key.interval === undefined ? [] : answered.flatMap((span) => findGaps(times, key.interval as Interval, span));
    const explained: Hole[] = [...(before?.facts.holes ?? []), ...holes].filter(
      ({ kind, asked }) => kind !== undefined || asked !== undefined,
    );
    const whole = spanOf(key.date);
    const complete = subtract([whole], answered).length === 0;
    const entry: Entry = {
      batch: rows,
      facts: {
        ...(before === undefined || (addedFirst && closed.numRows > 0) ? source : sourceOf(before.facts)),
        state: complete ? 'complete' : 'partial',
        layout: 'new',
        rows: rows.numRows,
        spans: answered,
        holes: explainedGaps(
          key.interval === undefined ? toldHoles(before?.facts.holes ?? [], holes, spans, closed.numRows) : gaps,
          explained,
        ),
        ...stillMissing(dataset, rows, [...(before?.facts.missingIds ?? []), ...(missingIds ?? [])]),
        ...(quality === undefined ? {} : { quality }),
      },
    };
    this.entries.set(path, entry);
    this.absences.delete(path);
    return { facts: entry.facts, conflicts };
  }

  async saveAbsent(key: CacheKey, facts: Omit<AbsentFacts, 'state'>): Promise<void> {
    this.calls.saveAbsent++;
    await Promise.resolve();
    this.absences.set(cachePath(key), { state: 'absent', ...facts });
  }

  async lease(key: CacheKey): Promise<Lease> {
    this.calls.lease++;
    const path = cachePath(key);
    const before = this.#leases.get(path) ?? Promise.resolve();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#leases.set(
      path,
      before.then(() => held),
    );
    await before;
    return {
      release: async () => {
        release();
        await Promise.resolve();
      },
    };
  }

  /** Puts an entry there as it is, as another program or an older version may have left it. */
  put<D extends Dataset>(key: CacheKey<D>, batch: ColumnBatch<D>, facts: Partial<EntryFacts>): void {
    const whole: EntryFacts = {
      source: 'vision',
      state: 'complete',
      layout: 'new',
      rows: batch.numRows,
      spans: [spanOf(key.date)],
      holes: [],
      ...facts,
    };
    this.entries.set(cachePath(key), { batch, facts: whole });
  }

  #known(key: CacheKey): KnownFacts {
    const path = cachePath(key);
    return this.entries.get(path)?.facts ?? this.absences.get(path);
  }
}

/** Without a grid holes are known from what was said: what a later answer has rows in, and no hole, is none any more. */
function toldHoles(before: readonly Hole[], told: readonly Hole[], spans: readonly TimeSpan[], rows: number): Hole[] {
  const answered = rows === 0 ? [] : subtract(spans, told);
  return [...before.flatMap((hole) => subtract([hole], [...answered, ...told])), ...told].map(({ start, end }) => ({
    start,
    end,
  }));
}

/** The ids that were told and are not among the rows. */
function stillMissing(
  dataset: Dataset,
  batch: ColumnBatch,
  told: readonly MissingIds[],
): Pick<EntryFacts, 'missingIds'> {
  const ids = new Set((batch.columns as Record<string, ArrayLike<bigint>>)[dataset.identity[0]!] as bigint[]);
  const missingIds = told.filter(({ from }) => !ids.has(from));
  return missingIds.length === 0 ? {} : { missingIds };
}

function rank(source: string): number {
  return RANK[source] ?? 1;
}

function sourceOf({ state: _s, layout: _l, rows: _r, spans: _p, holes: _h, missingIds: _m, ...source }: EntryFacts): {
  source: string;
} {
  return source;
}

/** The gaps, each cut where one of the explained holes begins or ends, with its explanation. */
function explainedGaps(gaps: readonly { start: bigint; end: bigint }[], holes: readonly Hole[]): Hole[] {
  return gaps
    .flatMap((gap): Hole[] => {
      const known = holes.flatMap((hole) => clip([hole], gap).map((part) => ({ ...hole, ...part })));
      const once = known.filter(
        (hole, index) => !known.slice(index + 1).some((later) => later.start <= hole.start && hole.end <= later.end),
      );
      return [...once, ...subtract([gap], once)];
    })
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}

function closedRows<D extends Dataset>(
  dataset: D,
  batch: ColumnBatch<D>,
  interval: Interval | undefined,
  asOf: bigint,
): ColumnBatch<D> {
  const times = timesOf(dataset, batch);
  const last = times.at(-1);
  if (interval === undefined || last === undefined || nextOpenTime(interval, last) <= asOf) return batch;
  throw new Error(`a bar that was not closed at ${asOf} was saved`);
}
