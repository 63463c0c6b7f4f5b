import {
  BINANCE,
  type BinanceDataset,
  type CacheKey,
  CHECKSUM_EXTENSION,
  type ColumnBatch,
  type DataNature,
  type Dataset,
  daysBetween,
  type Interval,
  monthsBetween,
  parseVisionObjectKey,
  spanOf,
  type TimeInput,
  visionFileStem,
  visionObjectKey,
  visionPrefix,
} from '@vision-cache/cache-keys';
import { createHash } from 'node:crypto';
import { barLines } from './files/bar-text.ts';
import { gridOf } from './market/bars.ts';
import { eventLines } from './files/event-lines.ts';
import { fileHeader } from './files/file-header.ts';
import {
  checksumText,
  type FileIrregularity,
  type Irregularity,
  microsecondsOf,
  publishedLines,
  restated,
  selects,
} from './market/irregularity.ts';
import { DEFAULT_SYMBOLS, type Listing, listingId, listingsOf, type SyntheticSymbol } from './market/listed-symbols.ts';
import { createMarketSeries, DAY, type MarketEvents, type MarketSeries, type Span } from './market/market-series.ts';
import {
  type Folder,
  listingSteps,
  type ListedFile,
  type ListingQuery,
  type ObjectListing,
} from './files/object-listing.ts';
import { type RestAnswer, restAnswer, type RestBook } from './rest-answer.ts';
import { seriesProfile } from './market/series-profile.ts';
import { truthOf } from './market/truth.ts';
import { zipOf } from './files/zip-writer.ts';

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

/** An object of the archive as it is at a moment. */
export interface ArchiveObject extends ListedFile {
  readonly body: Uint8Array;
}

/**
 * Binance's archive and its REST klines, made up: everything in the archive's own format, from a seed, made when it is
 * asked for. The same options give the same files, byte for byte on the same version of Node.
 */
export interface SyntheticArchive {
  /** Epoch microseconds, UTC. */
  now(): bigint;
  /** A zip or its CHECKSUM by its name in the archive, `data/spot/daily/…`; undefined where it is not (yet) published. */
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
  /** REST's answer to a path and query; undefined where the path is none of the klines'. */
  rest(path: string, query: URLSearchParams): RestAnswer | undefined;
}

const HOUR = 3_600_000_000;
/** From that day on, spot files are in microseconds. */
const MICROSECONDS_FROM = '2025-01-01';
const KEPT_BYTES = 64 * 1024 * 1024;

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

  const seriesById = new Map<string, MarketSeries>();
  function seriesOf({ dataset, symbol, life }: Listing): MarketSeries {
    const { marketType, dataNature } = dataset;
    const id = listingId(marketType, dataNature, symbol);
    let series = seriesById.get(id);
    if (series === undefined) {
      const events = marketEvents(irregularities, dataset, symbol, life);
      const profile = seriesProfile(marketType, dataNature, symbol);
      series = createMarketSeries({ seed, marketType, dataNature, symbol, profile, events });
      seriesById.set(id, series);
    }
    return series;
  }

  const listingOf = (key: CacheKey): Listing | undefined => {
    const listing = listings.get(listingId(key.marketType, key.dataNature, key.symbol));
    return key.interval !== undefined && listing?.intervals?.includes(key.interval) === false ? undefined : listing;
  };

  /** What happened to the key's file. */
  const fileIrregularities = (key: CacheKey): FileIrregularity[] =>
    irregularities.filter(
      (each): each is FileIrregularity & Irregularity => 'date' in each && each.date === key.date && selects(each, key),
    );

  /** The lines of a day or month as the market made them. */
  function marketLines(key: CacheKey, listing: Listing): string[] {
    const { start, end } = spanOf(key.date);
    const series = seriesOf(listing);
    const unit = key.marketType === 'spot' && key.date >= MICROSECONDS_FROM.slice(0, key.date.length) ? 'us' : 'ms';
    if (key.interval !== undefined) {
      const bars = series.bars(key.interval, Number(start), Number(end));
      return linesOf(new TextDecoder().decode(barLines(bars, series.profile, unit)));
    }
    const { marketType, dataNature, symbol } = key;
    const nature = dataNature as DataNature;
    return daysBetween(start, end).flatMap((day) =>
      eventLines({
        seed,
        marketType,
        dataNature: nature,
        symbol,
        day: microsecondsOf(day) / DAY,
        eventsPerDay,
        unit,
        series,
      }),
    );
  }

  /** The lines of the file as the publisher wrote them. */
  function fileLines(key: CacheKey, listing: Listing): readonly string[] {
    const lines = marketLines(key, listing);
    const special = fileIrregularities(key);
    if (special.length === 0) return lines;
    const following = () => {
      const next = BINANCE.keysBetween({ ...key, start: spanOf(key.date).end, end: spanOf(key.date).end + 1n })[0]!;
      return marketLines(next, listing);
    };
    const ofMonth = key.packagingFrequency === 'monthly' ? monthlyDifferences(key, listing, lines, special) : lines;
    return publishedLines(ofMonth, special, following, now());
  }

  function monthlyDifferences(
    key: CacheKey,
    listing: Listing,
    lines: readonly string[],
    special: readonly FileIrregularity[],
  ): readonly string[] {
    let written = lines;
    for (const each of special) {
      if (each.name !== 'monthly-lacks-days' && each.name !== 'monthly-disagrees') continue;
      const { start, end } = spanOf(key.date);
      const days = each.days ?? daysBetween(start, end);
      const dayOf = dayReader(listing.dataset);
      written =
        each.name === 'monthly-lacks-days'
          ? written.filter((line) => !days.includes(dayOf(line)))
          : written.map((line) => (days.includes(dayOf(line)) ? restated(line) : line));
    }
    return written;
  }

  function fileText(key: CacheKey, listing: Listing): Uint8Array {
    const header = fileHeader(listing.dataset, key.date, headersFrom);
    const isPlain = key.interval !== undefined && fileIrregularities(key).length === 0;
    if (isPlain) {
      // The usual file, without making a string of each of its lines.
      const { start, end } = spanOf(key.date);
      const series = seriesOf(listing);
      const unit = key.marketType === 'spot' && key.date >= MICROSECONDS_FROM.slice(0, key.date.length) ? 'us' : 'ms';
      const lines = barLines(series.bars(key.interval, Number(start), Number(end)), series.profile, unit);
      return header === '' ? lines : Buffer.concat([Buffer.from(header), lines]);
    }
    const lines = fileLines(key, listing);
    return Buffer.from(lines.length === 0 ? header : `${header}${lines.join('\n')}\n`);
  }

  /** When the key's file appears, or undefined where it never does. Epoch microseconds. */
  function publishedAt(key: CacheKey): number | undefined {
    const listing = listingOf(key);
    if (listing === undefined) return undefined;
    const { start, end } = spanOf(key.date);
    const special = fileIrregularities(key);
    if (special.some((each) => each.name === 'missing-file')) return undefined;
    const grid = key.interval === undefined ? undefined : gridOf(key.interval);
    const rowsEnd = Math.max(Number(end), grid?.next(grid.floor(Number(end) - 1)) ?? 0);
    if (rowsEnd > lastEnd || !hasRows(key, listing, Number(start), Number(end))) return undefined;
    const late = special.find((each) => each.name === 'late');
    const delay = late?.hours ?? (key.packagingFrequency === 'daily' ? dailyDelayHours : monthlyDelayHours);
    return rowsEnd + delay * HOUR;
  }

  function hasRows(key: CacheKey, listing: Listing, start: number, end: number): boolean {
    const { life, outages } = seriesOf(listing).events;
    if (key.interval !== undefined && BINANCE.homeFrequency(listing.dataset, key.interval) === 'monthly') {
      // A month need not hold the open of any bar that is longer than a day.
      const grid = gridOf(key.interval);
      const from = Math.max(start, grid.floor(life.start));
      const open = grid.floor(from) < from ? grid.next(grid.floor(from)) : from;
      return open < Math.min(end, life.end);
    }
    if (end <= life.start || start >= life.end) return false;
    return !outages.some((outage) => outage.start <= start && outage.end >= end);
  }

  const isPublished = (key: CacheKey): boolean => (publishedAt(key) ?? Infinity) <= now();

  /** When the file as it is now was written. */
  function lastModified(key: CacheKey): string {
    const republished = fileIrregularities(key).find((each) => each.name === 'republished');
    const first = publishedAt(key)!;
    const again = republished === undefined ? first : microsecondsOf(republished.at);
    return new Date(Math.floor((again > first && again <= now() ? again : first) / 1000)).toISOString();
  }

  const made = new Map<string, ArchiveObject & { readonly sha256: string }>();
  const described = new Map<string, ListedFile>();
  let madeBytes = 0;

  /** The key's zip as it is now. */
  function zipObject(key: CacheKey, listing: Listing): ArchiveObject & { readonly sha256: string } {
    const name = visionObjectKey(key);
    const modified = lastModified(key);
    const known = made.get(name);
    if (known?.lastModified === modified) return known;
    if (known !== undefined) madeBytes -= known.size;
    const body = zipOf(`${visionFileStem(key)}.csv`, fileText(key, listing));
    const object = { ...objectOf(name, body, modified), sha256: createHash('sha256').update(body).digest('hex') };
    made.delete(name);
    made.set(name, object);
    madeBytes += object.size;
    for (const [oldest, { size }] of made) {
      if (madeBytes <= KEPT_BYTES) break;
      made.delete(oldest);
      madeBytes -= size;
    }
    return object;
  }

  function checksumObject(key: CacheKey, listing: Listing): ArchiveObject | undefined {
    const special = fileIrregularities(key);
    const form = special.find((each) => each.name === 'checksum-form')?.form;
    if (form === 'missing') return undefined;
    const zip = zipObject(key, listing);
    const isWrong = special.some((each) => each.name === 'wrong-checksum');
    const sha256 = isWrong ? createHash('sha256').update(`not ${zip.key}`).digest('hex') : zip.sha256;
    const text = checksumText(sha256, zip.key.slice(zip.key.lastIndexOf('/') + 1), form);
    return objectOf(`${zip.key}${CHECKSUM_EXTENSION}`, Buffer.from(text), zip.lastModified);
  }

  function object(name: string): ArchiveObject | undefined {
    const key = keyOfName(name);
    const listing = key && listingOf(key);
    if (key === undefined || listing === undefined || !isPublished(key)) return undefined;
    return name.endsWith(CHECKSUM_EXTENSION) ? checksumObject(key, listing) : zipObject(key, listing);
  }

  function describe(name: string): ListedFile {
    const { body: _, ...facts } = object(name)!;
    const id = `${facts.lastModified} ${name}`;
    described.set(id, facts);
    return facts;
  }

  function* keysOf(listing: Listing, packagingFrequency: 'daily' | 'monthly', interval: Interval | undefined) {
    const first = spanOf(new Date(Math.floor(listing.life.start / 1000)).toISOString().slice(0, 7)).start;
    // A bar that is longer than a day may open in the month before its symbol was listed.
    const start = first - 1n;
    const end = BigInt(Math.min(now(), listing.life.end, lastEnd));
    if (end <= start) return;
    const dates = packagingFrequency === 'daily' ? daysBetween(start, end) : monthsBetween(start, end);
    for (const date of dates) {
      const { exchange, marketType, dataNature } = listing.dataset;
      yield BINANCE.cacheKey<{ interval: string; symbol: string; date: string }>({
        exchange, marketType, dataNature, packagingFrequency, symbol: listing.symbol, interval, date,
      } as never) as CacheKey<BinanceDataset>; // prettier-ignore
    }
  }

  interface KeyFolder {
    readonly prefix: string;
    readonly keys: () => Iterable<CacheKey<BinanceDataset>>;
  }

  function keyFolders(): KeyFolder[] {
    const folders: KeyFolder[] = [];
    for (const listing of listings.values()) {
      for (const frequency of ['daily', 'monthly'] as const) {
        for (const interval of listing.dataset.published[frequency] as readonly (Interval | undefined)[]) {
          if (interval !== undefined && listing.intervals?.includes(interval) === false) continue;
          const { marketType, dataNature } = listing.dataset;
          const prefix = visionPrefix({
            marketType,
            packagingFrequency: frequency,
            dataNature,
            symbol: listing.symbol,
            interval,
          });
          folders.push({ prefix, keys: () => keysOf(listing, frequency, interval) });
        }
      }
    }
    return folders.sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  }

  const folders: readonly Folder[] = keyFolders().map(({ prefix, keys }) => ({
    prefix,
    describe: (name: string) => {
      const key = keyOfName(name)!;
      return described.get(`${lastModified(key)} ${name}`) ?? describe(name);
    },
    *names() {
      for (const key of keys()) {
        if (!isPublished(key)) continue;
        const name = visionObjectKey(key);
        yield name;
        const form = fileIrregularities(key).find((each) => each.name === 'checksum-form')?.form;
        if (form !== 'missing') yield `${name}${CHECKSUM_EXTENSION}`;
      }
    },
  }));

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
    object,
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
      const steps = listingSteps(folders, query);
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) return value;
      }
    },
    listSteps: (query = {}) => listingSteps(folders, query),
    *keys(prefix = '') {
      for (const folder of keyFolders()) {
        if (!folder.prefix.startsWith(prefix) && !prefix.startsWith(folder.prefix)) continue;
        for (const key of folder.keys()) {
          if (visionObjectKey(key).startsWith(prefix) && isPublished(key)) yield key;
        }
      }
    },
    rest: (path, query) => restAnswer(book, path, query, now()),
  };
}

function keyOfName(name: string): CacheKey<BinanceDataset> | undefined {
  try {
    return parseVisionObjectKey(name);
  } catch {
    return undefined; // no name of the archive: no such object
  }
}

function objectOf(name: string, body: Uint8Array, lastModified: string): ArchiveObject {
  return { key: name, body, size: body.length, lastModified, etag: createHash('md5').update(body).digest('hex') };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  lines.pop();
  return lines;
}

/** Reads the UTC day of a line. */
function dayReader(dataset: BinanceDataset): (line: string) => string {
  const at = Object.keys(dataset.columns).indexOf(dataset.timeColumn);
  return (line) => {
    const text = line.split(',')[at] ?? '';
    if (text.includes('-')) return text.slice(0, 10);
    return new Date(Number(text.slice(0, 13))).toISOString().slice(0, 10);
  };
}

function marketEvents(
  irregularities: readonly Irregularity[],
  { marketType, dataNature }: BinanceDataset,
  symbol: string,
  life: Span,
): MarketEvents {
  const isOfSeries = (each: Irregularity): boolean =>
    selects(
      { ...each, interval: undefined } as never,
      { exchange: 'binance', marketType, dataNature, symbol } as never,
    );
  const ofSeries = irregularities.filter(isOfSeries);
  return {
    life,
    outages: ofSeries.flatMap((each) =>
      each.name === 'outage' ? [{ start: microsecondsOf(each.start), end: microsecondsOf(each.end) }] : [],
    ),
    offGrid: ofSeries.flatMap((each) =>
      each.name === 'off-grid'
        ? [{
            start: microsecondsOf(each.start),
            end: microsecondsOf(each.end),
            offset: (each.offsetMilliseconds ?? 14_789) * 1000,
            interval: each.interval,
          }]
        : [],
    ),
    zeroLength: ofSeries.flatMap((each) =>
      each.name === 'zero-length-bar' ? [{ at: microsecondsOf(each.at), interval: each.interval }] : [],
    ),
  }; // prettier-ignore
}
