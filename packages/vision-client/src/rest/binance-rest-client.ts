import {
  BINANCE,
  type CacheKey,
  type ColumnArray,
  type ColumnBatch,
  type Dataset,
  symbolFault,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { quote, VisionClientError } from '../contract/errors.ts';
import { askRest, type RestHosts, restHosts, type RestOptions } from './ask-rest.ts';
import { type DecodedPage, decodeKlines, RestContentProblem } from './decode-klines.ts';
import { planPages, remainder, type RestPage } from './plan-pages.ts';
import type { RestMarket } from '../contract/rest-market.ts';
import { isRestMarket, klinesUrl, REST_MARKETS } from './rest-endpoints.ts';

export type BinanceRestClientOptions = RestOptions;

export interface RestFetchOptions {
  readonly signal?: AbortSignal;
}

/** What was noticed in the rows. */
export interface RestQuality {
  readonly rows: number;
  /** Exact repeats that were removed. */
  readonly duplicates: number;
  /** Rows whose time is not on the interval's grid; they are kept. */
  readonly offGrid: number;
  /** Rows out of order that were sorted. */
  readonly unsorted: number;
}

export interface RestAnswer<D extends Dataset = Dataset> {
  readonly status: 'ok';
  readonly batch: ColumnBatch<D>;
  readonly facts: { readonly source: 'rest'; readonly sourceUrl: string };
  readonly quality: RestQuality;
  readonly cost: { readonly requests: number; readonly bytes: number };
}

/**
 * Binance's REST klines as a source of any span: for the days that the archive does not have yet. Klines of spot, um
 * and cm; mark, index and premium klines of um and cm.
 * @example
 * const client = new BinanceRestClient();
 * const key = cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' });
 * const { batch } = await client.fetch(key, spanOf('2024-01-01'));
 */
export class BinanceRestClient {
  readonly kind = 'range';
  readonly name = 'rest';
  readonly #concurrency: number;
  readonly #hosts: RestHosts;

  constructor(options: BinanceRestClientOptions = {}) {
    this.#hosts = restHosts(options);
    this.#concurrency = options.concurrency ?? 8;
  }

  /**
   * Whether REST has what the key names: klines of any interval, not of options, and not of a symbol whose form is
   * another market's: since 2026-06-30 the futures hosts answer klines for symbols of both.
   */
  covers(key: CacheKey): boolean {
    const isAsked = key.exchange === 'binance' && isRestMarket(key.marketType) && key.interval !== undefined;
    return isAsked && isKlines(key) && symbolFault(key) === undefined;
  }

  /** How many requests a span takes, and what they weigh. */
  estimate(key: CacheKey, span: TimeSpan): { readonly requests: number; readonly weight: number } {
    const pages = planPages(this.#marketOf(key), key.interval!, span);
    return { requests: pages.length, weight: pages.reduce((sum, { weight }) => sum + weight, 0) };
  }

  /**
   * The finished bars of the key's symbol and interval that open within the span, in order; none before a listing.
   * The key's date says nothing.
   * @throws {VisionClientError} `E_REST_REFUSED` with Binance's code where it refuses, such as −1121 for an unknown
   *   symbol; `E_REST_CONTENT` if it answers something else; the codes of the network
   */
  async fetch<D extends Dataset>(
    key: CacheKey<D>,
    span: TimeSpan,
    { signal }: RestFetchOptions = {},
  ): Promise<RestAnswer<D>> {
    const market = this.#marketOf(key);
    const sourceUrl = klinesUrl(key, market, this.#hosts.markets[market].baseUrl);
    const now = BigInt(Math.ceil(this.#hosts.http.now())) * 1000n;
    // Nothing opens after now, and the host need not be asked for it.
    const asked = { start: span.start, end: span.end < now ? span.end : now };
    const pages = asked.start < asked.end ? planPages(market, key.interval!, asked) : [];

    const failed = new AbortController();
    const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
    const cost = { requests: 0, bytes: 0 };
    const decoded: DecodedPage[][] = [];
    // A page's weight is taken when its turn has come, not minutes before it is sent.
    const queue = pages.entries();
    const work = async (): Promise<void> => {
      for (const [at, page] of queue) decoded[at] = await this.#pages(key, market, sourceUrl, page, cost, either);
    };
    await Promise.all(Array.from({ length: Math.min(this.#concurrency, pages.length) }, work)).catch(
      (error: unknown) => {
        failed.abort(error); // the other pages are of no use without this one
        throw error;
      },
    );

    const parts = decoded.flat();
    const sum = (of: (part: DecodedPage) => number) => parts.reduce((total, part) => total + of(part), 0);
    const batch = joined(key, parts) as ColumnBatch<D>;
    const quality = {
      rows: batch.numRows,
      duplicates: sum(({ duplicates }) => duplicates),
      offGrid: sum(({ offGrid }) => offGrid),
      unsorted: sum(({ unsorted }) => unsorted),
    };
    return { status: 'ok', batch, facts: { source: 'rest', sourceUrl }, quality, cost };
  }

  /** A page, and what follows it while pages come full; in order of time. */
  async #pages(
    key: CacheKey,
    market: RestMarket,
    sourceUrl: string,
    first: RestPage,
    cost: { requests: number; bytes: number },
    signal: AbortSignal,
  ): Promise<DecodedPage[]> {
    const decoded: DecodedPage[] = [];
    for (let page: RestPage | undefined = first; page !== undefined;) {
      const part = await this.#page(key, market, sourceUrl, page, cost, signal);
      decoded.push(part);
      page = part.received < page.limit ? undefined : remainder(market, page, part.first, part.last);
    }
    return REST_MARKETS[market].windowMs === undefined ? decoded : decoded.reverse();
  }

  async #page(
    key: CacheKey,
    market: RestMarket,
    sourceUrl: string,
    page: RestPage,
    cost: { requests: number; bytes: number },
    signal: AbortSignal,
  ): Promise<DecodedPage> {
    const url = `${sourceUrl}&startTime=${page.startTime}&endTime=${page.endTime}&limit=${page.limit}`;
    const { content, asOf, refuse } = await askRest(this.#hosts, market, { url, weight: page.weight }, cost, signal);
    try {
      return decodeKlines(content, key, page, asOf);
    } catch (problem) {
      if (problem instanceof RestContentProblem) return refuse(problem.message);
      throw problem;
    }
  }

  #marketOf(key: CacheKey): RestMarket {
    if (this.covers(key) && isRestMarket(key.marketType)) return key.marketType;
    const fault = symbolFault(key);
    const received = `${key.exchange} ${key.marketType} ${key.dataNature}${fault === undefined ? '' : ` ${key.symbol}`}`;
    const why = fault === undefined ? '' : `: ${fault.reason}`;
    throw new VisionClientError('E_NOT_COVERED', `REST has no klines of ${quote(received)}${why}.`, { received });
  }
}

/** The nature is of the klines family, and of the market's table. */
function isKlines(key: CacheKey): boolean {
  return BINANCE.datasets.some(
    ({ marketType, dataNature, timeColumn }) =>
      marketType === key.marketType && dataNature === key.dataNature && timeColumn === 'open_time',
  );
}

/** The pages as one batch; without any, one without rows. */
function joined(key: CacheKey, parts: readonly DecodedPage[]): ColumnBatch {
  const batches = parts.map(({ batch }) => batch);
  if (batches.length === 1) return batches[0]!;
  const empty = decodeKlines([], key, { startTime: 0, endTime: 0 }, 0).batch;
  const numRows = batches.reduce((sum, batch) => sum + batch.numRows, 0);
  const columns = Object.entries(empty.columns).map(([name, column]): [string, ColumnArray] => {
    const arrays = batches.map((batch) => (batch.columns as Readonly<Record<string, ColumnArray>>)[name]!);
    return [name, concatenated(column, arrays, numRows)];
  });
  return { dataset: empty.dataset, numRows, columns: Object.fromEntries(columns) };
}

function concatenated(like: ColumnArray, arrays: readonly ColumnArray[], length: number): ColumnArray {
  let at = 0;
  if (like instanceof BigInt64Array) {
    const whole = new BigInt64Array(length);
    for (const array of arrays as readonly BigInt64Array[]) {
      whole.set(array, at);
      at += array.length;
    }
    return whole;
  }
  const whole = new Float64Array(length);
  for (const array of arrays as readonly Float64Array[]) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}
