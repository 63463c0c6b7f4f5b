import {
  BINANCE,
  type BinanceDataset,
  type Catalog,
  ceilOpenTime,
  type Dataset,
  type Interval,
  isoText,
  type TimeInput,
  type TimeSpan,
} from '@vision-cache/cache-keys';
import type { Answer, ColumnNames, Mode, RequestOptions, Segment, SelectingOptions } from './contract/answer.ts';
import { answerRange } from './request/answer-range.ts';
import { audit, type AuditReport, type RevisionLog } from './audit/audit.ts';
import { ListingMemo } from './io/collect-listing.ts';
import { RangeProgress } from './request/range-progress.ts';
import { publishRequest } from './io/diagnostics.ts';
import { type Engine, RecentMisses } from './io/engine.ts';
import { orderedPrefetch } from './concurrency/ordered-prefetch.ts';
import type { FetchPlan } from './plan/plan-steps.ts';
import { planRequest } from './request/plan-request.ts';
import { refuseUnsorted } from './request/told-once.ts';
import type { CachePort, SourcePort } from './contract/ports.ts';
import {
  type DataQuery,
  type DatasetFor,
  type KlinesDataset,
  type KlinesQuery,
  type OpenQuery,
  type ParsedQuery,
  parseQuery,
} from './query/query.ts';
import { getMany, type ManyAnswer, type ManyOptions } from './get-many.ts';
import { reconcile, type ReconcileReport } from './audit/reconcile.ts';
import { checkNames } from './query/option-names.ts';
import { checkMode, checkOrder, checkWindow } from './query/request-options.ts';
import { SingleFlight } from './concurrency/single-flight.ts';
import { compareIntervals, type CrossReport } from './rows/compare-intervals.ts';
import type { SymbolFacts, SymbolsQuery, Universe } from './contract/universe.ts';
import { listSymbols, type SymbolsOptions } from './universe/list-symbols.ts';
import { tradedAt } from './universe/lives.ts';
import { rankBy } from './rows/unsaved-rows.ts';
import { defaultWindow, type WindowSize, windowsOf } from './query/windows.ts';

export interface DataSourceManagerOptions {
  /** The cache: read first, and written with what was fetched. */
  readonly cache: CachePort;
  /** Asked in order, each only for what those before it do not have. @default none: the cache only */
  readonly sources?: readonly SourcePort[];
  /** Objects and spans that are fetched at a time. @default 8 */
  readonly concurrency?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** The datasets that can be asked for. @default Binance's */
  readonly catalog?: Catalog;
  /**
   * Names of sources from the most to the least trusted, of whose values for one row the first is kept; `*` stands for
   * all that are not named. It has to be the cache's own order, so that `sourceRanks` of the catalog that both take is
   * the better place for it. @default the catalog's `sourceRank`
   */
  readonly rank?: readonly string[];
  /** A log for the revisions that `audit()` finds. @default none: they are only returned */
  readonly revisions?: RevisionLog;
}

export interface SegmentOptions extends RequestOptions {
  /** How long a part is. @default 'day' for 1s bars and natures without an interval, else 'month' */
  readonly window?: WindowSize | undefined;
  /** Parts that are fetched or wait to be taken at a time. @default 2 */
  readonly ahead?: number | undefined;
  /**
   * Rows of a part are always in the order of time, and the parts are. Where a file has them in another one, as those in
   * which two runs alternate, `sort` answers them in order and counts them as `quality.unsorted`; `refuse` ends with
   * `E_ORDER` at the part that they are of, or, of a month's file, at the first part that was stored of it.
   * @default 'sort'
   */
  readonly order?: 'sort' | 'refuse' | undefined;
}

/** Options that say which columns are wanted, so that the parts' type has these and no other. */
export type SelectingSegmentOptions<D extends Dataset, C extends ColumnNames<D>> = Omit<SegmentOptions, 'columns'> & {
  readonly columns?: readonly C[] | undefined;
};

export interface PlanOptions {
  /** Stops it with `E_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  /** As of the request that is planned: `fill`, `offline` or `refresh`. @default 'fill' */
  readonly mode?: Mode | undefined;
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
  readonly #revisions: RevisionLog | undefined;
  readonly #listings = new ListingMemo();

  constructor(options: DataSourceManagerOptions) {
    checkNames('DataSourceManager', options);
    const { now = Date.now, catalog = BINANCE } = options;
    const { concurrency = 8 } = options;
    this.#sources = options.sources ?? [];
    this.#revisions = options.revisions;
    this.#engine = {
      cache: options.cache,
      catalog,
      concurrency,
      now: () => BigInt(Math.floor(now())) * 1000n,
      flights: new SingleFlight(),
      misses: new RecentMisses(),
      rank: options.rank === undefined ? catalog.sourceRank : rankBy(options.rank),
    };
  }

  /**
   * Klines of a symbol that open within `[start, end)`.
   * @throws {DataSourceError} `E_INCOMPLETE` if rows are missing that could be had (see `strict`), `E_QUERY` for
   * what is not published, `E_ABORTED`, `E_CACHE`.
   */
  async getKlines<
    M extends KlinesMarket = 'spot',
    const C extends ColumnNames<KlinesDataset<M>> = ColumnNames<KlinesDataset<M>>,
  >(query: KlinesQuery<M>, options?: SelectingOptions<KlinesDataset<M>, C>): Promise<Answer<KlinesDataset<M>, C>>;
  async getKlines<M extends KlinesMarket = 'spot'>(
    query: KlinesQuery<M>,
    options?: RequestOptions,
  ): Promise<Answer<KlinesDataset<M>>>;
  async getKlines(query: OpenQuery, options: RequestOptions = {}): Promise<Answer> {
    checkNames('getKlines', options);
    return this.#answer({ ...query, dataNature: 'klines' }, options);
  }

  /** Rows of any nature, from the same sources; natures without an interval are covered by the day, not by the row. */
  async get<
    M extends Market,
    N extends Extract<BinanceDataset, { marketType: M }>['dataNature'],
    const C extends ColumnNames<DatasetFor<M, N>> = ColumnNames<DatasetFor<M, N>>,
  >(query: DataQuery<M, N>, options?: SelectingOptions<DatasetFor<M, N>, C>): Promise<Answer<DatasetFor<M, N>, C>>;
  async get<M extends Market, N extends Extract<BinanceDataset, { marketType: M }>['dataNature']>(
    query: DataQuery<M, N>,
    options?: RequestOptions,
  ): Promise<Answer<DatasetFor<M, N>>>;
  async get(query: OpenQuery, options?: RequestOptions): Promise<Answer<BinanceDataset>>;
  async get(query: OpenQuery, options: RequestOptions = {}): Promise<Answer> {
    checkNames('get', options);
    return this.#answer(query, options);
  }

  /**
   * Answers many queries, several at a time, and yields each as soon as it is complete. What fails is told
   * with its query and does not end the others.
   * @example
   * for await (const each of manager.getMany(symbols.map((symbol) => ({ symbol, interval: '1d', start, end })))) {
   *   if (each.error === undefined) use(each.query.symbol, each.batch, each.coverage);
   * }
   */
  getMany<const Query extends OpenQuery>(
    queries: readonly Query[],
    options: ManyOptions<Query> = {},
  ): AsyncGenerator<ManyAnswer<Query, BinanceDataset>, void, undefined> {
    checkNames('getMany', options);
    return getMany(queries, (query, request) => this.get(query, request), options);
  }

  /**
   * The range in parts of a month (of a day for 1s bars and natures without an interval), in the order of time. The
   * next parts are fetched while the consumer works on one, and no more of them than `ahead`. Progress is of the whole
   * range, with what the cache holds.
   */
  segments<
    M extends KlinesMarket = 'spot',
    const C extends ColumnNames<KlinesDataset<M>> = ColumnNames<KlinesDataset<M>>,
  >(
    query: KlinesQuery<M>,
    options?: SelectingSegmentOptions<KlinesDataset<M>, C>,
  ): AsyncGenerator<Segment<KlinesDataset<M>, C>, void, undefined>;
  segments<M extends KlinesMarket = 'spot'>(
    query: KlinesQuery<M>,
    options?: SegmentOptions,
  ): AsyncGenerator<Segment<KlinesDataset<M>>, void, undefined>;
  segments<
    M extends Market,
    N extends Extract<BinanceDataset, { marketType: M }>['dataNature'],
    const C extends ColumnNames<DatasetFor<M, N>> = ColumnNames<DatasetFor<M, N>>,
  >(
    query: DataQuery<M, N>,
    options?: SelectingSegmentOptions<DatasetFor<M, N>, C>,
  ): AsyncGenerator<Segment<DatasetFor<M, N>, C>, void, undefined>;
  segments(query: OpenQuery, options?: SegmentOptions): AsyncGenerator<Segment<BinanceDataset>, void, undefined>;
  async *segments(query: OpenQuery, options: SegmentOptions = {}): AsyncGenerator<Segment, void, undefined> {
    checkNames('segments', options);
    const parsed = this.#parsed(query);
    const { window = defaultWindow(parsed), ahead = 2, order = 'sort', onProgress, ...rest } = options;
    checkWindow(window);
    checkOrder(order);
    const progress = onProgress === undefined ? undefined : new RangeProgress(parsed.keys.length, onProgress);
    yield* orderedPrefetch(
      windowsOf(parsed, window),
      async (span, signal) => {
        // What is older than 2009 is taken as text only.
        const part = this.#parsed({ ...query, start: isoText(span.start), end: isoText(span.end) });
        const told = progress?.part(part.keys.length);
        const answer = await this.#answerParsed(part, { ...rest, signal, onProgress: told?.tell }, parsed.span);
        told?.end();
        if (order === 'refuse') refuseUnsorted(answer, span);
        return { span, ...answer };
      },
      { ahead, signal: options.signal },
    );
  }

  /** What a request would do, and cost, without fetching anything; an archive's listing is asked for. */
  async plan(query: OpenQuery, options: PlanOptions = {}): Promise<FetchPlan> {
    checkNames('plan', options);
    const { signal, mode = 'fill' } = options;
    const parsed = this.#parsed(query);
    checkMode(mode);
    const sources = mode === 'offline' ? [] : this.#sources;
    return planRequest(this.#engine, {
      query: parsed,
      sources,
      listings: this.#listings,
      isRefresh: mode === 'refresh',
      signal,
    });
  }

  /**
   * Every symbol that the archive has of a dataset, delisted ones too, with first and last day and each time that it was
   * listed. Names take a request for each 1,000 and days one for each 1,000 of a symbol; the cache keeps the list, and
   * later only new symbols and those that were still traded are asked for.
   * @throws {DataSourceError} `E_QUERY` for what is not published, `E_ABORTED`; a source's own error if it fails.
   */
  async symbols(query: SymbolsQuery = {}, options: SymbolsOptions = {}): Promise<Universe> {
    checkNames('symbols', options);
    return listSymbols(this.#engine, this.#sources, query, options);
  }

  /**
   * Who was there: the symbols that were traded on a UTC day, as {@link symbols} tells them.
   * @example
   * const names = await manager.universeAt('2022-06-01', { marketType: 'um' });
   * const year = { marketType: 'um', interval: '1d', start: '2022-06-01', end: '2023-06-01' };
   * for await (const each of manager.getMany(names.map(({ symbol }) => ({ symbol, ...year })))) use(each);
   */
  async universeAt(date: TimeInput, query?: SymbolsQuery, options?: SymbolsOptions): Promise<readonly SymbolFacts[]> {
    return tradedAt((await this.symbols(query, options)).symbols, date);
  }

  /**
   * Compares what is cached of a range with the archive's listing, in one request for 500 files, and fetches again
   * what was published again. Each revision is reported, and written to the manager's `revisions`.
   */
  async audit(query: OpenQuery, options: { readonly signal?: AbortSignal } = {}): Promise<AuditReport> {
    checkNames('audit', options);
    return audit(this.#engine, {
      query: this.#parsed(query),
      sources: this.#sources,
      listings: this.#listings,
      revisions: this.#revisions,
      signal: options.signal,
    });
  }

  /** Fetches a range as daily files, as monthly files and from REST, and reports the differences. Stores nothing. */
  async reconcile(query: OpenQuery, options: { readonly signal?: AbortSignal } = {}): Promise<ReconcileReport> {
    checkNames('reconcile', options);
    return reconcile(this.#engine, this.#parsed(query), this.#sources, options.signal);
  }

  /** Proves cached bars of a longer interval against cached bars of a shorter one. No source is called. */
  async verifyAcross(
    query: Omit<OpenQuery, 'interval'>,
    fine: Interval,
    coarse: Interval,
    asked: { readonly signal?: AbortSignal } = {},
  ): Promise<CrossReport> {
    checkNames('verifyAcross', asked);
    const options = { ...asked, mode: 'offline', strict: false } as const;
    const { dataset, span } = this.#parsed({ ...query, interval: coarse });
    // The longer bars that open within the range, each with all of its shorter ones.
    const range = { ...query, start: ceilOpenTime(coarse, span.start), end: ceilOpenTime(coarse, span.end) };
    const [ofFine, ofCoarse] = [
      await this.get({ ...range, interval: fine }, options),
      await this.get({ ...range, interval: coarse }, options),
    ];
    return compareIntervals<Dataset>(
      dataset,
      { interval: fine, batch: ofFine.batch },
      { interval: coarse, batch: ofCoarse.batch },
    );
  }

  #parsed(query: OpenQuery): ParsedQuery {
    return parseQuery(query, this.#engine.catalog, this.#engine.now());
  }

  async #answer(query: OpenQuery, options: RequestOptions): Promise<Answer> {
    return this.#answerParsed(this.#parsed(query), options);
  }

  async #answerParsed(query: ParsedQuery, options: RequestOptions, listingSpan?: TimeSpan): Promise<Answer> {
    const sources = options.mode === 'offline' ? [] : this.#sources;
    const request = { query, options, sources, known: this.#sources, listings: this.#listings, listingSpan };
    return publishRequest(query, options.mode ?? 'fill', async () => answerRange(this.#engine, request));
  }
}
