import { BINANCE, type BinanceDataset, type Catalog } from '@vision-cache/cache-keys';
import type { Answer, RequestOptions } from './answer.ts';
import { answerRange } from './answer-range.ts';
import { ListingMemo } from './collect-listing.ts';
import { AskedLog, type Engine } from './engine.ts';
import type { CachePort, SourcePort } from './ports.ts';
import {
  type DataQuery,
  type DatasetFor,
  type KlinesDataset,
  type KlinesQuery,
  type OpenQuery,
  parseQuery,
} from './query.ts';
import { SingleFlight } from './single-flight.ts';

export interface DataSourceManagerOptions {
  readonly cache: CachePort;
  /** Asked in order, each only for what those before it do not have. @default none: the cache only */
  readonly sources?: readonly SourcePort[];
  /** Objects and spans that are fetched at a time. @default 8 */
  readonly concurrency?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** @default Binance's */
  readonly catalog?: Catalog;
}

type Market = BinanceDataset['marketType'];
type KlinesMarket = KlinesDataset['marketType'];

/**
 * Answers ranges of market data: from the cache, then from the sources in their order, with the fewest requests, and
 * says of every part of the range where it came from or why it is missing.
 * @example
 * const manager = new DataSourceManager({ cache, sources: [vision, rest] });
 * const { batch, coverage } = await manager.getKlines({ symbol: 'BTCUSDT', interval: '1m', start: '2024-01-01', end: '2024-02-01' });
 */
export class DataSourceManager {
  readonly #engine: Engine;
  readonly #sources: readonly SourcePort[];
  readonly #listings = new ListingMemo();

  constructor(options: DataSourceManagerOptions) {
    const { now = Date.now, concurrency = 8, catalog = BINANCE } = options;
    this.#sources = options.sources ?? [];
    this.#engine = {
      cache: options.cache,
      catalog,
      concurrency,
      now: () => BigInt(Math.floor(now())) * 1000n,
      flights: new SingleFlight(),
      asked: new AskedLog(),
    };
  }

  /**
   * Klines of a symbol that open within `[start, end)`.
   * @throws {DataSourceError} `E_INCOMPLETE` where rows are missing that could be had (see `strict`), `E_QUERY` for
   * what is not published, `E_ABORTED`, `E_CACHE`.
   */
  async getKlines<M extends KlinesMarket = 'spot'>(
    query: KlinesQuery<M>,
    options: RequestOptions = {},
  ): Promise<Answer<KlinesDataset<M>>> {
    return (await this.#answer({ ...query, dataNature: 'klines' }, options)) as unknown as Answer<KlinesDataset<M>>;
  }

  /** Rows of any nature, from the same sources; natures without an interval are covered by the day, not by the row. */
  async get<M extends Market, N extends Extract<BinanceDataset, { marketType: M }>['dataNature']>(
    query: DataQuery<M, N>,
    options?: RequestOptions,
  ): Promise<Answer<DatasetFor<M, N>>>;
  async get(query: OpenQuery, options?: RequestOptions): Promise<Answer<BinanceDataset>>;
  async get(query: OpenQuery, options: RequestOptions = {}): Promise<Answer> {
    return this.#answer(query, options);
  }

  async #answer(query: OpenQuery, options: RequestOptions): Promise<Answer> {
    const parsed = parseQuery(query, this.#engine.catalog);
    const sources = options.mode === 'offline' ? [] : this.#sources;
    return answerRange(this.#engine, { query: parsed, options, sources, listings: this.#listings });
  }
}
