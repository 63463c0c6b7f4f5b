import { cachePath, type CacheKey, type TimeSpan } from '@vision-cache/cache-keys';
import type { Progress, SourceActivity } from '../contract/answer.ts';
import { throwIfAborted } from '../contract/errors.ts';
import type { ArchiveSource, FetchCost } from '../contract/ports.ts';
import type { ListingMemo } from '../io/collect-listing.ts';
import { costOf, type Engine, type FetchOutcome, messageOf } from '../io/engine.ts';
import { type Ledger, record } from '../ledger/ledger.ts';
import type { Observation, Question } from '../ledger/observation.ts';
import type { Listing } from '../publication/listing.ts';
import { etaOf } from './range-progress.ts';

const NOTHING: SourceActivity = { asked: 0, missing: 0, failed: 0, rows: 0, requests: 0, bytes: 0 };

export interface RunInput {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly listings: ListingMemo;
  /** The range that a listing should cover: wider than the query's for a part of a longer request. */
  readonly listingSpan: TimeSpan;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Entries that need a source. */
  readonly total: number;
}

/** One request under way: what it asks with, and where it writes down what it learns. */
export class Run {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly signal: AbortSignal | undefined;
  /** By the source's name; a source that was not asked is not there. */
  readonly costs = new Map<string, SourceActivity>();
  readonly #input: RunInput;
  readonly #begun = performance.now();
  readonly #byPath: ReadonlyMap<string, number>;
  #done = 0;
  #rows = 0;
  #bytes = 0;

  constructor(input: RunInput) {
    this.#input = input;
    this.engine = input.engine;
    this.ledger = input.ledger;
    this.signal = input.signal;
    this.#byPath = new Map(input.ledger.entries.map(({ key, index }) => [cachePath(key), index]));
  }

  /** The range of the whole request that this is a part of. */
  get listingSpan(): TimeSpan {
    return this.#input.listingSpan;
  }

  /** What an archive has published, where it was read. */
  listingOf({ name }: ArchiveSource): Listing | undefined {
    return this.ledger.listed.get(name)?.listing;
  }

  /** Reads what an archive has published, once. Answers whether that is known now and was not before. */
  async list(archive: ArchiveSource): Promise<boolean> {
    const { ledger, engine } = this;
    const key: CacheKey | undefined = ledger.entries[0]?.key;
    const isTried = ledger.listed.has(archive.name) || ledger.unlisted.some(({ source }) => source === archive.name);
    if (archive.list === undefined || key === undefined || isTried) return false;
    const onCost = (cost: FetchCost): void => this.#add(archive.name, cost);
    try {
      const settings = { span: this.#input.listingSpan, now: ledger.now, catalog: engine.catalog, onCost };
      const listing = await this.#input.listings.get(archive, key, settings, this.signal);
      if (listing === undefined) return false;
      record(ledger, { type: 'listed', source: archive.name, listing });
      return true;
    } catch (error) {
      throwIfAborted(this.signal);
      this.#add(archive.name, costOf(error));
      // It spares requests and explains gaps: rows can be had without one.
      record(ledger, { type: 'unlisted', source: archive.name, evidence: messageOf(error) });
      return false;
    }
  }

  /** Takes over what a source answered, and what the cache has of the entries now. */
  take(question: Question, outcome: Extract<FetchOutcome, { status: 'ok' | 'there' }>): void {
    const observations: Observation[] = [];
    for (const { key, facts, conflicts, unsaved } of outcome.entries) {
      const index = this.#byPath.get(cachePath(key));
      if (index === undefined) continue;
      if (unsaved === undefined) observations.push({ type: 'saved', index, facts, conflicts });
      else {
        const evidence = messageOf(unsaved.error);
        observations.push({ type: 'not-saved', index, batch: unsaved.batch, facts: unsaved.facts, evidence });
      }
    }
    if (outcome.status === 'ok') {
      const { rows, first, last, stored, cost } = outcome;
      observations.push({ type: 'rows-seen', question, rows, first, last, stored, cost });
    }
    record(this.ledger, ...observations);
  }

  /** Adds what one question to a source came to. */
  addCost(source: string, outcome: FetchOutcome): void {
    if (outcome.status === 'there') return;
    const was = this.costs.get(source) ?? NOTHING;
    this.costs.set(source, {
      ...was,
      asked: was.asked + 1,
      missing: was.missing + (outcome.status === 'missing' ? 1 : 0),
      failed: was.failed + (outcome.status === 'failed' ? 1 : 0),
      rows: was.rows + (outcome.status === 'ok' ? outcome.rows : 0),
    });
    this.#add(source, outcome.cost);
  }

  /** Adds requests that are about the market or the listing, and not about an entry. */
  addRequests(source: string, cost: FetchCost): void {
    this.#add(source, cost);
  }

  /** Adds a question that was asked to learn when the symbol was traded, and not for rows. */
  addLook(source: string, cost: FetchCost, isFailed: boolean): void {
    const was = this.costs.get(source) ?? NOTHING;
    this.costs.set(source, { ...was, asked: was.asked + 1, failed: was.failed + (isFailed ? 1 : 0) });
    this.#add(source, cost);
  }

  #add(source: string, { requests, bytes }: FetchCost): void {
    const was = this.costs.get(source) ?? NOTHING;
    this.costs.set(source, { ...was, requests: was.requests + requests, bytes: was.bytes + bytes });
  }

  tellProgress(source: string, entries: number, outcome: FetchOutcome): void {
    const { total, onProgress } = this.#input;
    this.#done = Math.min(total, this.#done + entries);
    if (outcome.status === 'ok') {
      this.#rows += outcome.rows;
      this.#bytes += outcome.cost.bytes;
    }
    if (onProgress === undefined) return;
    const elapsedMs = performance.now() - this.#begun;
    const done = this.#done;
    const etaMs = etaOf(elapsedMs, done, total);
    onProgress({ entries: { done, total }, rows: this.#rows, bytes: this.#bytes, elapsedMs, etaMs, source });
  }
}
