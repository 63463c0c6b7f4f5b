import {
  type BinanceDataset,
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  spanOf,
  type TimeInput,
  visionObjectKey,
} from '@vision-cache/cache-keys';
import { foldersBelow, keyFolders, listedFolders } from './files/archive-folders.ts';
import { type ArchiveObject, createArchiveObjects } from './files/archive-objects.ts';
import { createArchiveText } from './files/archive-text.ts';
import { listingSteps, type ListingQuery, type ObjectListing } from './files/object-listing.ts';
import { createPublication } from './files/publication.ts';
import { type Irregularity, microsecondsOf, selects } from './market/irregularity.ts';
import { DEFAULT_SYMBOLS, listingId, listingsOf, type SyntheticSymbol } from './market/listed-symbols.ts';
import { truthOf } from './market/truth.ts';
import { type RestResponse, restAnswer, type RestBook } from './rest-answer.ts';
import { tailAnswer, tailBook } from './rest-tails.ts';

export interface SyntheticArchiveOptions {
  /** Another seed, other numbers. @default 1 */
  readonly seed?: number | string;
  /** Names alone are spot symbols. @default BTCUSDT and ETHUSDT on spot, BTCUSDT on um, BTCUSD_PERP on cm, two of options */
  readonly symbols?: readonly (string | SyntheticSymbol)[];
  /** The archive's clock: what is not over yet is not published, and REST's last bar is unfinished. @default 2025-07-01T12:00Z */
  readonly now?: TimeInput | (() => TimeInput);
  /** After its end, a day appears so many hours later. @default 4, the real median */
  readonly dailyDelayHours?: number;
  /** After its end, a month appears so many hours later. @default 72 */
  readonly monthlyDelayHours?: number;
  /** Days and months that end later are not published, whatever the clock says; REST has them. @default no such bound */
  readonly publishedUntil?: TimeInput;
  /** Trades, aggregated trades and quotes of a full day. @default 2000 */
  readonly eventsPerDay?: number;
  /** From that day on the files of um and cm klines and trades have a header. @default 2022-01-01 */
  readonly headersFrom?: TimeInput;
  readonly irregularities?: readonly Irregularity[];
}

/**
 * Binance's archive and its REST, made up: everything in the archive's own format, from a seed, made when it is
 * asked for. The same options give the same files, byte for byte on the same version of Node.
 */
export interface SyntheticArchive {
  /** Epoch microseconds, UTC. */
  now(): bigint;
  /** A zip or its CHECKSUM by its name in the archive, `data/spot/daily/…`; undefined if it is not (yet) published. */
  object(name: string): ArchiveObject | undefined;
  /** The member of a key's zip, whether it is published or not. */
  csv(key: CacheKey): string;
  /** What the market did on that day or month, exactly: what a complete and correct answer holds. */
  rows<D extends Dataset>(key: CacheKey<D>): ColumnBatch<D>;
  /** What a correct reader gets from the key's file alone: short where the file is short. Undefined: not published. */
  fileRows<D extends Dataset>(key: CacheKey<D>): ColumnBatch<D> | undefined;
  /** A page of the listing. */
  list(query?: ListingQuery): ObjectListing;
  /**
   * `list`, a file at a time: sizes and ETags are of files that are made when they are first asked for, a page of 1s bars
   * in a minute. Whoever answers requests can answer others meanwhile.
   */
  listSteps(query?: ListingQuery): Generator<void, ObjectListing, undefined>;
  /** Every published key below a prefix, in the order of the listing. */
  keys(prefix?: string): Iterable<CacheKey<BinanceDataset>>;
  /**
   * REST's answer to a path and query: of klines, aggregate trades, funding rates, open interest and the ratios; undefined
   * where the path is none of theirs.
   */
  rest(path: string, query: URLSearchParams): RestResponse | undefined;
}

/**
 * @example
 * const archive = createSyntheticArchive({ symbols: ['BTCUSDT'], now: '2024-02-01' });
 * const zip = archive.object('data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip');
 */
export function createSyntheticArchive(options: SyntheticArchiveOptions = {}): SyntheticArchive {
  const {
    seed = 1,
    symbols = DEFAULT_SYMBOLS,
    now: clock = '2025-07-01T12:00:00Z',
    dailyDelayHours = 4,
    monthlyDelayHours = 72,
    publishedUntil,
    eventsPerDay = 2000,
    headersFrom = '2022-01-01',
    irregularities = [],
  } = options;
  const listings = listingsOf(symbols);
  const now = (): number => microsecondsOf(typeof clock === 'function' ? clock() : clock);
  const lastEnd = publishedUntil === undefined ? Infinity : microsecondsOf(publishedUntil);
  const text = createArchiveText({ seed, eventsPerDay, headersFrom, irregularities, listings, now });
  const publication = createPublication({ text, dailyDelayHours, monthlyDelayHours, lastEnd, now });
  const objects = createArchiveObjects(text, publication, seed);
  const { listingOf, fileLines, fileText, marketLines, seriesOf } = text;
  const { isPublished } = publication;
  const keysByFolder = keyFolders(listings.values(), () => Math.min(now(), lastEnd));
  const folders = listedFolders(keysByFolder, text, publication, objects);

  const tails = tailBook(listings, text);
  const book: RestBook = {
    series(market, dataNature, symbol) {
      const listing = listings.get(listingId(market, dataNature, symbol));
      return listing && seriesOf(listing);
    },
    restatedDays(marketType, dataNature, symbol, interval) {
      const key = { exchange: 'binance', marketType, dataNature, symbol, interval } as unknown as CacheKey;
      return irregularities.flatMap((each) => {
        if (each.name !== 'rest-restated' || !selects(each, key)) return [];
        const { start, end } = spanOf(each.date);
        return [{ start: Number(start), end: Number(end) }];
      });
    },
  };

  return {
    now: () => BigInt(now()),
    object: (name) => objects.object(name),
    csv(key) {
      const listing = listingOf(key);
      return listing === undefined ? '' : new TextDecoder().decode(fileText(key, listing));
    },
    rows(key) {
      const listing = listingOf(key);
      return truthOf(key, listing === undefined ? [] : marketLines(key, listing));
    },
    fileRows(key) {
      const listing = listingOf(key);
      return listing === undefined || !isPublished(key) ? undefined : truthOf(key, fileLines(key, listing));
    },
    list(query = {}) {
      const steps = listingSteps(foldersBelow(folders, query.prefix), query);
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) return value;
      }
    },
    listSteps: (query = {}) => listingSteps(foldersBelow(folders, query.prefix), query),
    *keys(prefix = '') {
      for (const folder of keysByFolder) {
        if (!folder.prefix.startsWith(prefix) && !prefix.startsWith(folder.prefix)) continue;
        for (const key of folder.keys()) {
          if (visionObjectKey(key).startsWith(prefix) && isPublished(key)) yield key;
        }
      }
    },
    rest: (path, query) => restAnswer(book, path, query, now()) ?? tailAnswer(tails, path, query, now()),
  };
}
