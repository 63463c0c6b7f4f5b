import {
  BINANCE,
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  symbolFault,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import { quote, VisionClientError } from '../contract/errors.ts';
import type { RestMarket } from '../contract/rest-market.ts';
import { refuseOption } from '../http/check-options.ts';
import { askRest, type RestContent, type RestCost, type RestHosts, restHosts, type RestOptions } from './ask-rest.ts';
import type { RestQuality } from './binance-rest-client.ts';
import { RestContentProblem } from './decode-klines.ts';
import {
  type AggTradeRow,
  aggTradeRows,
  aggTradesBatch,
  fundingBatch,
  type FundingRow,
  fundingRows,
  metricsBatch,
  type MetricsColumns,
  metricsColumns,
} from './decode-tails.ts';
import {
  AGG_TRADES_DAYS,
  AGG_TRADES_ENDPOINTS,
  FUNDING_ENDPOINTS,
  isRestMarket,
  METRICS_DAYS,
  METRICS_ENDPOINTS,
} from './rest-endpoints.ts';

export interface BinanceTailClientOptions extends RestOptions {
  /**
   * Pages of aggregate trades that one request may take, of 1,000 trades each. A million trades are 1,000 pages and
   * nine minutes of the weight. @default 100
   */
  readonly maxPages?: number;
}

export interface TailAnswer<D extends Dataset = Dataset> {
  readonly status: 'ok';
  readonly batch: ColumnBatch<D>;
  readonly facts: { readonly source: 'rest'; readonly sourceUrl: string };
  readonly quality: RestQuality;
  readonly cost: { readonly requests: number; readonly bytes: number };
  /**
   * The part of the span that the rows answer for, where that is not all of it: nothing is known of the rest, and
   * nothing may be remembered of it. Absent where the whole span is answered.
   */
  readonly answered?: TimeSpan;
  /** Why the rest is not answered. */
  readonly evidence?: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIVE_MINUTES_MS = 300_000;
/** The longest interval of funding, and so how far before a span the row before it lies. */
const FUNDING_BEFORE_MS = 8 * HOUR_MS + 60_000;

/**
 * What REST has of the last days beside klines, as a source of any span: `fundingRate` of um and cm, `metrics` of um for
 * the last 30 days, and `aggTrades`. Times of metrics are those that REST gives.
 * @example
 * const sources = [new VisionDataClient(), new BinanceRestClient(), new BinanceTailClient()];
 */
export class BinanceTailClient {
  readonly kind = 'range';
  readonly name = 'rest';
  readonly #hosts: RestHosts;
  readonly #maxPages: number;

  constructor(options: BinanceTailClientOptions = {}) {
    this.#hosts = restHosts(options, ['maxPages']);
    const { maxPages = 100 } = options;
    if (!(Number.isInteger(maxPages) && maxPages >= 1))
      refuseOption('maxPages', maxPages, 'a whole number of at least 1');
    this.#maxPages = maxPages;
  }

  covers(key: CacheKey): boolean {
    return kindOf(key) !== undefined;
  }

  /** How many requests a span takes at most, and what they weigh. Nobody knows beforehand how many trades there are. */
  estimate(key: CacheKey, { start, end }: TimeSpan): { readonly requests: number; readonly weight: number } {
    const [kind, market] = this.#kindOf(key);
    const milliseconds = Number(end - start) / 1000;
    if (kind === 'aggTrades') {
      return { requests: this.#maxPages, weight: this.#maxPages * AGG_TRADES_ENDPOINTS[market].weight };
    }
    if (kind === 'fundingRate') {
      const requests = Math.max(1, Math.ceil(milliseconds / HOUR_MS / 1000));
      return { requests, weight: requests };
    }
    const { limit, weight } = METRICS_ENDPOINTS[0]!;
    const requests = Math.max(1, Math.ceil(milliseconds / FIVE_MINUTES_MS / limit)) * METRICS_ENDPOINTS.length;
    return { requests, weight: requests * weight };
  }

  /**
   * The rows of the key's symbol within the span, in order. The key's date says nothing.
   * @throws {VisionClientError} `E_REST_REFUSED` with Binance's code, `E_REST_CONTENT`, `E_REST_UNAVAILABLE`; the codes
   *   of the network
   */
  async fetch<D extends Dataset>(
    key: CacheKey<D>,
    span: TimeSpan,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<TailAnswer<D>> {
    const [kind, market] = this.#kindOf(key);
    const now = this.#hosts.http.now();
    const from = Number((span.start + 999n) / 1000n);
    const until = Math.min(Number((span.end + 999n) / 1000n), Math.floor(now) + 1);
    const request: TailRequest = { key, market, from, until, now, cost: { requests: 0, bytes: 0 }, signal };
    const found =
      kind === 'aggTrades'
        ? await this.#aggTrades(request)
        : kind === 'fundingRate'
          ? await this.#funding(request, market as 'um' | 'cm')
          : await this.#metrics(request);
    const { batch, sourceUrl, answered, evidence } = found;
    return {
      status: 'ok',
      batch: batch as ColumnBatch<D>,
      facts: { source: 'rest', sourceUrl },
      quality: { rows: batch.numRows, duplicates: 0, offGrid: 0, unsorted: 0 },
      cost: request.cost,
      ...(answered === undefined
        ? {}
        : { answered: { start: clamp(answered.start, span), end: clamp(answered.end, span) } }),
      ...(evidence === undefined ? {} : { evidence }),
    };
  }

  async #aggTrades(request: TailRequest): Promise<TailRows> {
    const { key, market, until, now } = request;
    const { path, limit } = AGG_TRADES_ENDPOINTS[market];
    const sourceUrl = this.#url(market, path, { symbol: key.symbol });
    const days = AGG_TRADES_DAYS[market];
    const oldest = days === undefined ? -Infinity : Math.ceil(now) - days * DAY_MS + HOUR_MS;
    const from = Math.min(Math.max(request.from, oldest), Math.max(request.from, until));
    const rows: AggTradeRow[] = [];
    let pages = 0;
    // By the hour until trades are found; then by id, which leaves none out.
    let at = from;
    let fromId: number | undefined;
    while (at < until) {
      if (pages === this.#maxPages) {
        const evidence = `${this.#maxPages} pages of ${limit} trades reach until ${new Date(at).toISOString()}; more are allowed with maxPages`;
        // Of the last millisecond there may be more trades.
        const batch = aggTradesBatch(
          datasetOf(key),
          rows.filter(({ time }) => time < at),
        );
        return { batch, sourceUrl, evidence, answered: { start: BigInt(from) * 1000n, end: BigInt(at) * 1000n } };
      }
      pages++;
      const end = Math.min(until, at + HOUR_MS);
      const query =
        fromId === undefined
          ? `&startTime=${at}&endTime=${end - 1}&limit=${limit}`
          : `&fromId=${fromId}&limit=${limit}`;
      const content = await this.#ask(request, `${sourceUrl}${query}`, AGG_TRADES_ENDPOINTS[market].weight);
      const page = decoded(content, () => aggTradeRows(content.content));
      const last = page.at(-1);
      rows.push(...page.filter(({ time }) => time >= from && time < until));
      if (fromId !== undefined || page.length === limit) {
        if (last === undefined || page.length < limit) break;
        if (fromId !== undefined && page[0]!.id < fromId)
          return content.refuse(`it returned id ${page[0]!.id} instead of ${fromId}`);
        fromId = last.id + 1;
        at = Math.max(at, last.time);
      } else {
        at = end;
      }
    }
    const batch = aggTradesBatch(datasetOf(key), rows);
    if (from === request.from) return { batch, sourceUrl };
    const evidence = `REST has the last ${days} days of futures trades only`;
    return { batch, sourceUrl, evidence, answered: { start: BigInt(from) * 1000n, end: BigInt(until) * 1000n } };
  }

  async #funding(request: TailRequest, market: 'um' | 'cm'): Promise<TailRows> {
    const { key, from, until } = request;
    const { path, limit, weight } = FUNDING_ENDPOINTS[market];
    const sourceUrl = this.#url(market, path, { symbol: key.symbol });
    const rows: FundingRow[] = [];
    for (let at = Math.max(0, from - FUNDING_BEFORE_MS); at < until;) {
      const content = await this.#ask(
        request,
        `${sourceUrl}&startTime=${at}&endTime=${until - 1}&limit=${limit}`,
        weight,
      );
      const page = decoded(content, () => fundingRows(content.content));
      const last = page.at(-1);
      if (last !== undefined && (page[0]!.time < at || last.time >= until))
        return content.refuse('it returned rows of another time');
      rows.push(...page);
      if (last === undefined || page.length < limit) break;
      at = last.time + 1;
    }
    return { batch: fundingBatch(datasetOf(key), rows, from, until), sourceUrl };
  }

  async #metrics(request: TailRequest): Promise<TailRows> {
    const { key, market, from, until, now } = request;
    const sourceUrl = this.#url(market, METRICS_ENDPOINTS[0]!.path, { symbol: key.symbol, period: '5m' });
    // A margin, for a request that is older than 30 days by a second is refused.
    const oldest = Math.ceil((now - METRICS_DAYS * DAY_MS + HOUR_MS) / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
    const first = Math.max(from, oldest);
    const parts: MetricsColumns[] = [];
    for (const { path, limit, weight, fields } of METRICS_ENDPOINTS) {
      const url = this.#url(market, path, { symbol: key.symbol, period: '5m' });
      const all = new Map<number, Readonly<Record<string, number>>>();
      for (let at = first; at < until; at += limit * FIVE_MINUTES_MS) {
        const end = Math.min(until, at + limit * FIVE_MINUTES_MS);
        const content = await this.#ask(request, `${url}&startTime=${at}&endTime=${end - 1}&limit=${limit}`, weight);
        for (const [time, values] of decoded(content, () => metricsColumns(content.content, fields)))
          all.set(time, values);
      }
      parts.push(all);
    }
    const batch = metricsBatch(datasetOf(key), parts, first, until);
    if (first === from) return { batch, sourceUrl };
    const evidence = `REST has the last ${METRICS_DAYS} days only`;
    return {
      batch,
      sourceUrl,
      evidence,
      answered: { start: BigInt(first) * 1000n, end: BigInt(Math.max(first, until)) * 1000n },
    };
  }

  #url(market: RestMarket, path: string, query: Readonly<Record<string, string>>): string {
    return `${this.#hosts.markets[market].baseUrl}${path}?${new URLSearchParams(query).toString()}`;
  }

  #ask({ market, cost, signal }: TailRequest, url: string, weight: number): Promise<RestContent> {
    return askRest(this.#hosts, market, { url, weight }, cost, signal);
  }

  #kindOf(key: CacheKey): readonly [kind: TailKind, market: RestMarket] {
    const found = kindOf(key);
    if (found !== undefined) return found;
    const received = `${key.exchange} ${key.marketType} ${key.dataNature} ${key.symbol}`;
    throw new VisionClientError('E_NOT_COVERED', `REST has no tail of ${quote(received)}.`, { received });
  }
}

interface TailRequest {
  readonly key: CacheKey;
  readonly market: RestMarket;
  /** Epoch milliseconds; the second is exclusive. */
  readonly from: number;
  readonly until: number;
  readonly now: number;
  readonly cost: RestCost;
  readonly signal: AbortSignal | undefined;
}

interface TailRows {
  readonly batch: ColumnBatch;
  readonly sourceUrl: string;
  readonly answered?: TimeSpan;
  readonly evidence?: string;
}

type TailKind = 'aggTrades' | 'fundingRate' | 'metrics';

/** REST tells open interest of cm by the pair and the kind of contract, of which the archive has no counterpart. */
const MARKETS: Readonly<Record<TailKind, readonly string[]>> = {
  aggTrades: ['spot', 'um', 'cm'],
  fundingRate: ['um', 'cm'],
  metrics: ['um'],
};

function kindOf(key: CacheKey): readonly [kind: TailKind, market: RestMarket] | undefined {
  const kind = (['aggTrades', 'fundingRate', 'metrics'] as const).find((each) => each === key.dataNature);
  if (key.exchange !== 'binance' || kind === undefined || !isRestMarket(key.marketType)) return undefined;
  return MARKETS[kind].includes(key.marketType) && symbolFault(key) === undefined ? [kind, key.marketType] : undefined;
}

const datasetOf = (key: CacheKey): Dataset => BINANCE.datasetOf(key as CacheKey<never>);

const clamp = (time: bigint, { start, end }: TimeSpan): bigint => (time < start ? start : time > end ? end : time);

function decoded<T>({ refuse }: RestContent, decode: () => T): T {
  try {
    return decode();
  } catch (problem) {
    if (problem instanceof RestContentProblem) return refuse(problem.message);
    throw problem;
  }
}
