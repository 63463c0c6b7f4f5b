import {
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  daysBetween,
  epochMicroseconds,
  floorOpenTime,
  monthsBetween,
  spanOf,
  type TimeInput,
  type TimeSpan,
  visionObjectKey,
} from '@vision-cache/cache-keys';
import type { ArchiveSource, FetchOptions, ListedObject, RangeSource, SourceAnswer } from '../contract/ports.ts';
import { keyAt } from '../query/month-key.ts';
import { BINANCE } from '@vision-cache/cache-keys';
import { barsWithin } from './market.ts';

/** What is true of a symbol: when it was traded, and when its market stood still. */
export interface Truth {
  /** First instant with bars. */
  readonly listed: TimeInput;
  /** First instant without bars again. @default never */
  readonly delisted?: TimeInput;
  readonly outages?: readonly TimeSpan[];
}

export interface ArchiveOptions {
  readonly symbols?: Readonly<Record<string, Truth>>;
  /** Days and months that are not published although they could be. */
  readonly unpublished?: readonly string[];
  /** Rows that the archive of that day or month lacks. */
  readonly short?: Readonly<Record<string, readonly TimeSpan[]>>;
  /** Failures before the first answer, by date. */
  readonly failures?: Readonly<Record<string, number>>;
  /** Days are published until here. */
  readonly until?: TimeInput;
  readonly name?: string;
  readonly hasListing?: boolean;
  /** Added to the prices of a day or month. */
  readonly shift?: Readonly<Record<string, number>>;
}

export const BTC: Truth = { listed: '2017-08-17T04:00:28Z' };

/** An archive in memory that counts what it is asked for. */
export class FakeArchive implements ArchiveSource {
  readonly kind = 'archive';
  readonly name: string;
  readonly asked: string[] = [];
  listed = 0;
  readonly list?: NonNullable<ArchiveSource['list']>;
  readonly #options: ArchiveOptions;
  readonly #failures: Map<string, number>;
  readonly revised = new Map<string, { etag: string; shift: number }>();

  constructor(options: ArchiveOptions = {}) {
    this.#options = options;
    this.name = options.name ?? 'vision';
    this.#failures = new Map(Object.entries(options.failures ?? {}));
    if (options.hasListing !== false) this.list = (from) => this.#list(from);
  }

  covers(key: CacheKey): boolean {
    return key.dataNature === 'klines';
  }

  async fetch<D extends Dataset>(key: CacheKey<D>, options: FetchOptions = {}): Promise<SourceAnswer<D>> {
    this.asked.push(key.date);
    await Promise.resolve();
    options.signal?.throwIfAborted();
    const failures = this.#failures.get(key.date) ?? 0;
    if (failures > 0) {
      this.#failures.set(key.date, failures - 1);
      throw Object.assign(new Error('service unavailable'), { code: 'E_HTTP_503' });
    }
    if (!this.#isPublished(key)) return { status: 'missing', evidence: '404' };
    const batch = this.rows(key) as unknown as ColumnBatch<D>;
    const quality = { rows: batch.numRows, duplicates: 0, offGrid: 0, unsorted: 0 };
    const facts = {
      source: this.name,
      sourceUrl: `https://archive/${visionObjectKey(key)}`,
      sourceEtag: this.#etag(key),
    };
    return { status: 'ok', batch, facts, quality, cost: { requests: 2, bytes: 1000 } };
  }

  rows(key: CacheKey): ColumnBatch {
    const truth = this.#truth(key.symbol)!;
    const shift = this.revised.get(key.date)?.shift ?? this.#options.shift?.[key.date] ?? 0;
    const holes = [...(truth.outages ?? []), ...(this.#options.short?.[key.date] ?? [])];
    const batch = barsWithin(key.symbol, key.interval!, traded(truth, spanOf(key.date)), holes);
    if (shift !== 0) batch.columns.close.forEach((value, row) => (batch.columns.close[row] = value + shift));
    return batch;
  }

  #truth(symbol: string): Truth | undefined {
    return (this.#options.symbols ?? { BTCUSDT: BTC })[symbol];
  }

  #etag(key: CacheKey): string {
    return this.revised.get(key.date)?.etag ?? `etag-${key.date}`;
  }

  #isPublished(key: CacheKey): boolean {
    const truth = this.#truth(key.symbol);
    if (truth === undefined || this.#options.unpublished?.includes(key.date) === true) return false;
    const { start, end } = spanOf(key.date);
    const until = epochMicroseconds(this.#options.until ?? '2100-01-01');
    const within = traded(truth, { start, end });
    return end <= until && within.start < within.end;
  }

  async *#list(from: CacheKey): AsyncGenerator<ListedObject> {
    this.listed++;
    await Promise.resolve();
    const { start } = spanOf(from.date);
    const end = epochMicroseconds(this.#options.until ?? '2030-01-01');
    if (end <= start) return;
    const dates = from.packagingFrequency === 'daily' ? daysBetween(start, end) : monthsBetween(start, end);
    for (const date of dates) {
      const key = keyAt(from, from.packagingFrequency, date, BINANCE as never);
      if (this.#isPublished(key))
        yield { key, size: 1000, etag: this.#etag(key), lastModified: '2024-01-01T00:00:00Z' };
    }
  }
}

function traded(truth: Truth, within: TimeSpan): TimeSpan {
  const from = epochMicroseconds(truth.listed);
  const to = truth.delisted === undefined ? within.end : epochMicroseconds(truth.delisted);
  return { start: from > within.start ? from : within.start, end: to < within.end ? to : within.end };
}

export interface RestOptions {
  readonly symbols?: Readonly<Record<string, Truth>>;
  readonly now: () => number;
  /** Answers fail so many times first. */
  readonly failures?: number;
  /** Of which symbol alone. @default any */
  readonly failing?: string;
  /** Bars that it does not have. */
  readonly short?: readonly TimeSpan[];
  readonly name?: string;
}

/** REST in memory: any span, and the unfinished bar too if a careless adapter would let it through. */
export class FakeRest implements RangeSource {
  readonly kind = 'range';
  readonly name: string;
  readonly asked: { symbol: string; interval: string; start: bigint; end: bigint }[] = [];
  readonly #options: RestOptions;
  #failures: number;

  constructor(options: RestOptions) {
    this.#options = options;
    this.name = options.name ?? 'rest';
    this.#failures = options.failures ?? 0;
  }

  covers(key: CacheKey): boolean {
    return key.interval !== undefined;
  }

  async fetch<D extends Dataset>(
    key: CacheKey<D>,
    within: TimeSpan,
    options: FetchOptions = {},
  ): Promise<SourceAnswer<D>> {
    this.asked.push({ symbol: key.symbol, interval: key.interval!, ...within });
    await Promise.resolve();
    options.signal?.throwIfAborted();
    if (this.#failures > 0 && (this.#options.failing ?? key.symbol) === key.symbol) {
      this.#failures--;
      throw Object.assign(new Error('too many requests'), { code: 'E_RATE_LIMITED' });
    }
    const truth = (this.#options.symbols ?? { BTCUSDT: BTC, ETHUSDT: BTC, BNBUSDT: BTC })[key.symbol];
    if (truth === undefined) {
      throw Object.assign(new Error('Invalid symbol. (-1121)'), {
        code: 'E_REST_REFUSED',
        details: { binanceCode: -1121 },
      });
    }
    const now = floorOpenTime(key.interval!, BigInt(this.#options.now()) * 1000n);
    const open = traded(truth, within);
    const end = open.end < now ? open.end : now;
    const holes = [...(truth.outages ?? []), ...(this.#options.short ?? [])];
    const batch = barsWithin(
      key.symbol,
      key.interval!,
      open.start < end ? { start: open.start, end } : { start: end, end },
      holes,
    );
    const quality = { rows: batch.numRows, duplicates: 0, offGrid: 0, unsorted: 0 };
    return {
      status: 'ok',
      batch: batch as unknown as ColumnBatch<D>,
      facts: { source: this.name },
      quality,
      cost: { requests: 1, bytes: 100 },
    };
  }
}
