import { BINANCE, type CacheKey, type ColumnBatch, type Dataset, type TimeSpan } from '@vision-cache/cache-keys';
import type {
  ArchiveSource,
  FetchOptions,
  ListedObject,
  RangeSource,
  SourceAnswer,
} from '@vision-cache/data-source-manager';
import { batchOf } from '../world/batch.ts';
import { daysWithin, monthsWithin, type Span, spanOfName } from '../world/calendar.ts';
import type { Call, Journal } from '../world/journal.ts';
import { hashed } from '../world/random.ts';
import {
  type ArchiveWorld,
  closeOf,
  isClosed,
  isKnownToRest,
  isOfSpans,
  objectRows,
  placesWithin,
  type RestWorld,
  restHas,
  shiftOf,
  type World,
} from '../world/world.ts';

/** What the sources of a manager share. */
export interface Surroundings {
  readonly world: World;
  readonly now: () => number;
  readonly journal: Journal;
  /** How often a call fails, and a text that tells one request from another. */
  faults: { readonly rate: number; readonly salt: string };
  /** Is told of each call, before it is answered. */
  onCall: (() => void) | undefined;
}

/** Fails or goes on, by the call's own words: not by the order in which calls happen to come. */
async function begin(
  around: Surroundings,
  call: Call,
  tries: Map<string, number>,
  options: FetchOptions,
): Promise<void> {
  around.onCall?.();
  const { rate, salt } = around.faults;
  const words = `${salt} ${call.source} ${call.what} ${call.name} ${call.symbol} ${call.span.start} ${call.span.end}`;
  const nth = (tries.get(words) ?? 0) + 1;
  tries.set(words, nth);
  const turns = Math.floor(hashed(`turns ${words} ${nth}`) * 12);
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  if (options.signal?.aborted === true) {
    call.outcome = 'aborted';
    options.signal.throwIfAborted();
  }
  if (hashed(`fails ${words} ${nth}`) >= rate) return;
  call.outcome = 'failed';
  throw Object.assign(new Error('service unavailable'), { code: 'E_HTTP_503' });
}

export class ModelArchive implements ArchiveSource {
  readonly kind = 'archive';
  readonly name: string;
  readonly list?: NonNullable<ArchiveSource['list']>;
  readonly #archive: ArchiveWorld;
  readonly #around: Surroundings;
  readonly #tries = new Map<string, number>();

  constructor(archive: ArchiveWorld, around: Surroundings) {
    this.#archive = archive;
    this.#around = around;
    this.name = archive.name;
    if (archive.hasListing) this.list = (from, options) => this.#list(from, options ?? {});
  }

  covers(key: CacheKey): boolean {
    return key.dataNature === this.#around.world.nature;
  }

  async fetch<D extends Dataset>(key: CacheKey<D>, options: FetchOptions = {}): Promise<SourceAnswer<D>> {
    const { world, now, journal } = this.#around;
    const [name, symbol] = [key.date, key.symbol];
    const call = journal.add({ source: this.name, what: 'object', symbol, name, span: spanOfName(name), at: now() });
    await begin(this.#around, call, this.#tries, options);
    const rows = symbol === world.symbol ? objectRows(world, this.#archive, name, now()) : undefined;
    if (rows === undefined) {
      call.outcome = 'missing';
      return { status: 'missing', evidence: '404' };
    }
    const { shift, version } = shiftOf(this.#archive, name, now());
    call.rows = rows.map((at) => ({ at, close: closeOf(at) + shift }));
    call.outcome = 'ok';
    const facts = {
      source: this.name,
      sourceUrl: `https://${this.name}.example/${symbol}/${name}.zip`,
      sourceEtag: etagOf(name, version),
    };
    return answerOf(batchOf(world, symbol, call.rows) as unknown as ColumnBatch<D>, facts);
  }

  async *#list(from: CacheKey, options: FetchOptions): AsyncGenerator<ListedObject> {
    const { world, now, journal } = this.#around;
    const span = { start: spanOfName(from.date).start, end: now() };
    const name = from.packagingFrequency;
    const call = journal.add({ source: this.name, what: 'list', symbol: from.symbol, name, span, at: now() });
    await begin(this.#around, call, this.#tries, options);
    call.outcome = 'ok';
    if (from.symbol !== world.symbol) return;
    const names = name === 'daily' ? daysWithin(span) : monthsWithin(span);
    for (const date of names) {
      if (objectRows(world, this.#archive, date, now()) === undefined) continue;
      const { exchange, marketType, dataNature, symbol, interval } = from;
      const key = BINANCE.cacheKey({
        exchange,
        marketType,
        dataNature,
        symbol,
        interval,
        packagingFrequency: name,
        date,
      } as never) as unknown as CacheKey;
      const { version } = shiftOf(this.#archive, date, now());
      yield { key, size: 1000, etag: etagOf(date, version), lastModified: '2024-01-01T00:00:00Z' };
    }
  }
}

const etagOf = (name: string, version: number): string => `etag-${name}-${version}`;

function answerOf<D extends Dataset>(batch: ColumnBatch<D>, facts: { readonly source: string }): SourceAnswer<D> {
  const quality = { rows: batch.numRows, duplicates: 0, offGrid: 0, unsorted: 0 };
  return { status: 'ok', batch, facts, quality, cost: { requests: 1, bytes: 100 } };
}

export class ModelRest implements RangeSource {
  readonly kind = 'range';
  readonly name: string;
  readonly #rest: RestWorld;
  readonly #around: Surroundings;
  readonly #tries = new Map<string, number>();

  constructor(rest: RestWorld, around: Surroundings) {
    this.#rest = rest;
    this.#around = around;
    this.name = rest.name;
  }

  covers(key: CacheKey): boolean {
    const { world } = this.#around;
    return key.dataNature === world.nature && isOfSpans(world, this.name);
  }

  async fetch<D extends Dataset>(
    key: CacheKey<D>,
    within: TimeSpan,
    options: FetchOptions = {},
  ): Promise<SourceAnswer<D>> {
    const { world, now, journal } = this.#around;
    const { symbol } = key;
    const span: Span = { start: Number(within.start / 1000n), end: Number(within.end / 1000n) };
    const name = key.interval ?? world.nature;
    const call = journal.add({ source: this.name, what: 'span', symbol, name, span, at: now() });
    await begin(this.#around, call, this.#tries, options);
    if (symbol === world.symbol && !isKnownToRest(world, this.#rest, now())) {
      call.outcome = 'refused';
      throw Object.assign(new Error('Invalid symbol. (-1121)'), {
        code: 'E_REST_REFUSED',
        details: { binanceCode: -1121 },
      });
    }
    // Those that are asked whether the market stood still may be asked in longer bars.
    const grid: World = key.interval === undefined ? world : { ...world, interval: key.interval as World['interval'] };
    call.rows = placesWithin(grid, span)
      .filter((at) => isClosed(grid, at, now()) && restHas(grid, this.#rest, at, now(), symbol))
      .map((at) => ({ at, close: closeOf(at) }));
    call.outcome = 'ok';
    const beyond = symbol === world.symbol ? call.rows[this.#rest.most ?? Infinity] : undefined;
    if (beyond !== undefined) {
      call.rows = call.rows.slice(0, this.#rest.most);
      call.leftOut = { start: beyond.at, end: span.end };
    }
    const answer = answerOf(batchOf(grid, symbol, call.rows) as unknown as ColumnBatch<D>, { source: this.name });
    if (beyond === undefined || answer.status !== 'ok') return answer;
    return { ...answer, answered: { start: within.start, end: BigInt(beyond.at) * 1000n } };
  }
}
