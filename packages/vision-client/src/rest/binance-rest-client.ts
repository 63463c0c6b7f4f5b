import {
  BINANCE,
  type CacheKey,
  type ColumnArray,
  type ColumnBatch,
  type Dataset,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { excerpt, quote, VisionClientError } from '../contract/errors.ts';
import { fetchWithRetry } from '../http/fetch-with-retry.ts';
import { createHttp, type Http, type HttpOptions } from '../http/options.ts';
import type { AnswerHeaders } from '../contract/transport.ts';
import { type DecodedPage, decodeKlines, RestContentProblem } from './decode-klines.ts';
import { planPages, remainder, type RestPage } from './plan-pages.ts';
import { isRestMarket, klinesUrl, REST_MARKETS, type RestMarket } from './rest-endpoints.ts';
import { WeightBudget } from './weight-budget.ts';

export interface BinanceRestClientOptions extends HttpOptions {
  /** Where each market is asked. @default data-api.binance.vision, fapi.binance.com, dapi.binance.com */
  readonly baseUrls?: Partial<Readonly<Record<RestMarket, string>>>;
  /** Weight that all clients of this process may use of each host in a minute. @default 90 % of what Binance allows */
  readonly weightPerMinute?: Partial<Readonly<Record<RestMarket, number>>>;
}

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

const RESERVE = 0.9;
/** 1000 rows have about 200 KB. */
const MAX_BYTES = 4 * 1024 * 1024;

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
  readonly #http: Http;
  readonly #concurrency: number;
  readonly #markets: Readonly<Record<RestMarket, { readonly baseUrl: string; readonly budget: WeightBudget }>>;

  constructor(options: BinanceRestClientOptions = {}) {
    const http = createHttp(options);
    const market = (name: RestMarket) => {
      const facts = REST_MARKETS[name];
      const baseUrl = (options.baseUrls?.[name] ?? facts.baseUrl).replace(/\/+$/, '');
      const limit = options.weightPerMinute?.[name] ?? facts.weightPerMinute * RESERVE;
      if (!(limit > 0)) refuseOption(`weightPerMinute.${name}`, limit, 'a positive number');
      if (!URL.canParse(baseUrl)) refuseOption(`baseUrls.${name}`, baseUrl, 'a URL');
      return { baseUrl, budget: new WeightBudget(http, `${new URL(baseUrl).origin} ${name}`, limit) };
    };
    this.#http = http;
    this.#concurrency = options.concurrency ?? 8;
    this.#markets = { spot: market('spot'), um: market('um'), cm: market('cm') };
  }

  /** Whether REST has what the key names: klines of any interval, not of options. */
  covers(key: CacheKey): boolean {
    return key.exchange === 'binance' && isRestMarket(key.marketType) && key.interval !== undefined && isKlines(key);
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
   *   symbol; `E_REST_CONTENT` where it answers something else; the codes of the network
   */
  async fetch<D extends Dataset>(
    key: CacheKey<D>,
    span: TimeSpan,
    { signal }: RestFetchOptions = {},
  ): Promise<RestAnswer<D>> {
    const market = this.#marketOf(key);
    const sourceUrl = klinesUrl(key, market, this.#markets[market].baseUrl);
    const now = BigInt(Math.ceil(this.#http.now())) * 1000n;
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
    const account = await this.#markets[market].budget.take(page.weight, url, signal);
    const sentAt = this.#http.now();
    const answer = await fetchWithRetry(url, { signal, answers: [400], maxBytes: MAX_BYTES }, this.#http);
    account(answer.headers);
    cost.requests += answer.attempts;
    cost.bytes += answer.body.length;
    const { status, attempts } = answer;
    const received = excerpt(answer.body);
    const content = parsed(answer.body);
    const refusal = refusalOf(content);
    if (refusal !== undefined) {
      const { code, msg } = refusal;
      const message = `Binance refuses ${url}: ${quote(msg)} (${code}).`;
      const details = { url, attempts, status, received, binanceCode: code, binanceMessage: msg };
      throw new VisionClientError('E_REST_REFUSED', message, details);
    }
    const refuse = (reason: string): never => {
      throw new VisionClientError('E_REST_CONTENT', `${url} did not answer klines: ${reason}.`, {
        url,
        attempts,
        received,
      });
    };
    if (status !== 200) return refuse(`status ${status}, ${quote(received)}`);
    try {
      return decodeKlines(content, key, page, Math.min(sentAt, dateOf(answer.headers)));
    } catch (problem) {
      if (problem instanceof RestContentProblem) return refuse(problem.message);
      throw problem;
    }
  }

  #marketOf(key: CacheKey): RestMarket {
    if (this.covers(key) && isRestMarket(key.marketType)) return key.marketType;
    const received = `${key.exchange} ${key.marketType} ${key.dataNature}`;
    throw new VisionClientError('E_NOT_COVERED', `REST has no klines of ${quote(received)}.`, { received });
  }
}

/** The nature is of the klines family, and of the market's table. */
function isKlines(key: CacheKey): boolean {
  return BINANCE.datasets.some(
    ({ marketType, dataNature, timeColumn }) =>
      marketType === key.marketType && dataNature === key.dataNature && timeColumn === 'open_time',
  );
}

/** When the host made the answer: its clock decides which bars it takes for finished, where it tells. */
function dateOf(headers: AnswerHeaders): number {
  const told = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(told) ? Infinity : told;
}

/** What the body says as JSON, or undefined where it is none. */
function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** Binance's error, which may come with any status. */
function refusalOf(content: unknown): { readonly code: number; readonly msg: string } | undefined {
  if (typeof content !== 'object' || content === null || !('code' in content)) return undefined;
  const { code } = content;
  if (typeof code !== 'number') return undefined;
  return { code, msg: 'msg' in content && typeof content.msg === 'string' ? content.msg : '' };
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

function refuseOption(option: string, received: unknown, expected: string): never {
  const message = `${option} is ${quote(received)}; ${expected} is expected.`;
  throw new VisionClientError('E_OPTION', message, { option, received });
}
