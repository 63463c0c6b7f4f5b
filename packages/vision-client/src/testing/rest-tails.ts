import { BINANCE, type CacheKey, cachePath, type DataNature, utcDay, utcMonth } from '@vision-cache/cache-keys';
import type { ArchiveText } from './files/archive-text.ts';
import { type Listing, listingId } from './market/listed-symbols.ts';
import { DAY } from './market/market-series.ts';
import type { RestMarket } from '../contract/rest-market.ts';
import type { RestResponse } from './rest-answer.ts';
import { limitOf, type Refusal, REFUSALS, timeOf } from './rest-parameters.ts';

/** Lines of the archive's files by the day or month, as REST has them before the file is there. */
export interface TailBook {
  listing(market: RestMarket, dataNature: DataNature, symbol: string): Listing | undefined;
  readonly marketLines: ArchiveText['marketLines'];
}

interface Endpoint {
  readonly market: RestMarket;
  readonly dataNature: 'aggTrades' | 'fundingRate' | 'metrics';
  /** Of a minute's weight. Source: Binance's documentation of each endpoint. */
  readonly weight: number;
  readonly limit: { readonly usual: number; readonly most: number };
  /** A line of the file as a row of the answer. */
  row(line: Line): Readonly<Record<string, unknown>>;
}

interface Line {
  readonly symbol: string;
  readonly fields: readonly string[];
  /** Epoch milliseconds. */
  readonly time: number;
}

const aggTrades = (market: RestMarket, weight: number): Endpoint => ({
  market,
  dataNature: 'aggTrades',
  weight,
  limit: { usual: 500, most: 1000 },
  row: ({ fields: [id, price, quantity, first, last, , isBuyerMaker, isBestMatch], time }) => ({
    a: Number(id),
    p: price,
    q: quantity,
    f: Number(first),
    l: Number(last),
    T: time,
    m: isBuyerMaker?.toLowerCase() === 'true',
    ...(isBestMatch === undefined ? {} : { M: isBestMatch === 'True' }),
  }),
});

const fundingRate = (market: 'um' | 'cm'): Endpoint => ({
  market,
  dataNature: 'fundingRate',
  weight: 1,
  limit: { usual: 100, most: 1000 },
  row: ({ symbol, fields: [, , rate], time }) => ({
    symbol,
    fundingTime: time,
    fundingRate: rate,
    ...(market === 'um' ? { markPrice: '' } : {}),
  }),
});

const metrics = (fieldsOf: (fields: readonly string[]) => Readonly<Record<string, unknown>>): Endpoint => ({
  market: 'um',
  dataNature: 'metrics',
  weight: 0,
  limit: { usual: 30, most: 500 },
  row: ({ symbol, fields, time }) => ({ symbol, ...fieldsOf(fields), timestamp: time }),
});

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/api/v3/aggTrades': aggTrades('spot', 4),
  '/fapi/v1/aggTrades': aggTrades('um', 20),
  '/dapi/v1/aggTrades': aggTrades('cm', 20),
  '/fapi/v1/fundingRate': fundingRate('um'),
  '/dapi/v1/fundingRate': fundingRate('cm'),
  '/futures/data/openInterestHist': metrics(([, , interest, value]) => ({ sumOpenInterest: interest, sumOpenInterestValue: value })), // prettier-ignore
  '/futures/data/topLongShortAccountRatio': metrics((fields) => ({ longShortRatio: fields[4] })),
  '/futures/data/topLongShortPositionRatio': metrics((fields) => ({ longShortRatio: fields[5] })),
  '/futures/data/globalLongShortAccountRatio': metrics((fields) => ({ longShortRatio: fields[6] })),
  '/futures/data/takerlongshortRatio': metrics((fields) => ({ buySellRatio: fields[7] })),
};

const PERIODS: Readonly<Record<string, number>> = { '5m': 5, '15m': 15, '30m': 30, '1h': 60, '2h': 120, '4h': 240, '6h': 360, '12h': 720, '1d': 1440 }; // prettier-ignore
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Older metrics are refused. */
const METRICS_DAYS = 30;

/** Binance's answer to a request for what else it has than klines; undefined if the path is none. `now` in microseconds. */
export function tailAnswer(
  book: TailBook,
  path: string,
  query: URLSearchParams,
  now: number,
): RestResponse | undefined {
  const endpoint = Object.hasOwn(ENDPOINTS, path) ? ENDPOINTS[path]! : undefined;
  if (endpoint === undefined) return undefined;
  const { market, weight } = endpoint;
  const found = rowsOf(book, endpoint, query, Math.floor(now / 1000));
  return 'code' in found
    ? { status: 400, body: JSON.stringify(found), market, weight }
    : { status: 200, body: JSON.stringify(found.rows), market, weight };
}

function rowsOf(
  book: TailBook,
  endpoint: Endpoint,
  query: URLSearchParams,
  nowMs: number,
): Refusal | { readonly rows: readonly unknown[] } {
  const { market, dataNature } = endpoint;
  const symbol = query.get('symbol');
  if (!symbol) return REFUSALS.mandatory('symbol');
  const listing = book.listing(market, dataNature, symbol);
  if (listing === undefined) return REFUSALS.symbol;
  const limit = limitOf(query, endpoint.limit);
  if (limit === undefined) return REFUSALS.invalid('limit');
  const [startTime, endTime, fromId] = ['startTime', 'endTime', 'fromId'].map((name) => timeOf(query, name));
  if (Number.isNaN(startTime)) return REFUSALS.illegal('startTime');
  if (Number.isNaN(endTime)) return REFUSALS.illegal('endTime');
  if (Number.isNaN(fromId)) return REFUSALS.illegal('fromId');
  let step = 1;
  if (dataNature === 'metrics') {
    const period = query.get('period');
    if (!period) return REFUSALS.mandatory('period');
    if (!Object.hasOwn(PERIODS, period)) return REFUSALS.invalid('period');
    if (startTime !== undefined && startTime < nowMs - METRICS_DAYS * DAY_MS) return REFUSALS.invalid('startTime');
    step = PERIODS[period]! * 60_000;
  }
  if (
    dataNature === 'aggTrades' &&
    startTime !== undefined &&
    endTime !== undefined &&
    endTime - startTime >= HOUR_MS
  ) {
    return REFUSALS.tooLong;
  }
  const lines = createLines(book, endpoint, listing, nowMs);
  const isWanted = ({ time }: Line): boolean => time % step === 0 && time <= (endTime ?? Infinity);
  const rows: Line[] = [];
  if (fromId !== undefined && dataNature === 'aggTrades') {
    for (const line of lines.from(lines.fileOfId(fromId))) {
      if (Number(line.fields[0]) < fromId || !isWanted(line)) continue;
      rows.push(line);
      if (rows.length === limit) break;
    }
  } else if (startTime === undefined) {
    rows.push(...lines.newest(limit, isWanted));
  } else {
    for (const line of lines.from(Math.floor((startTime * 1000) / DAY))) {
      if (line.time > (endTime ?? Infinity)) break;
      if (line.time < startTime || !isWanted(line)) continue;
      rows.push(line);
      if (rows.length === limit) break;
    }
  }
  return { rows: rows.map((line) => endpoint.row(line)) };
}

/** The lines of a symbol until now, day by day. Days are numbered from 1970-01-01. */
function createLines(book: TailBook, { market, dataNature }: Endpoint, listing: Listing, nowMs: number) {
  const { symbol, life } = listing;
  const first = Math.floor(life.start / DAY);
  const last = Math.floor(Math.min(nowMs * 1000, life.end - 1) / DAY);
  const ofDay = (day: number): readonly Line[] => {
    const date = utcDay(BigInt(day * DAY));
    const isMonthly = dataNature === 'fundingRate';
    const key = BINANCE.cacheKey({
      exchange: 'binance',
      marketType: market,
      dataNature,
      symbol,
      packagingFrequency: isMonthly ? 'monthly' : 'daily',
      date: isMonthly ? utcMonth(BigInt(day * DAY)) : date,
    } as never) as CacheKey;
    const timeAt = dataNature === 'aggTrades' ? 5 : 0;
    return book.marketLines(key, listing).flatMap((text) => {
      const fields = text.split(',');
      const time = millisecondsOf(fields[timeAt]!);
      const isOfDay = !isMonthly || Math.floor((time * 1000) / DAY) === day;
      return isOfDay && time <= nowMs ? [{ symbol, fields, time }] : [];
    });
  };
  return {
    *from(day: number): Generator<Line, void, undefined> {
      for (let each = Math.max(first, day); each <= last; each++) yield* ofDay(each);
    },
    newest(count: number, isWanted: (line: Line) => boolean): Line[] {
      const rows: Line[] = [];
      for (let day = last; day >= first && rows.length < count; day--) rows.unshift(...ofDay(day).filter(isWanted));
      return rows.slice(-count);
    },
    /** The day in which an id is, or after which it would be. Ids rise from day to day. */
    fileOfId(id: number): number {
      let [low, high] = [first, last];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        const [line] = ofDay(middle);
        if (line !== undefined && Number(line.fields[0]) <= id) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}

/** Of milliseconds, microseconds, or a date-time. */
function millisecondsOf(text: string): number {
  if (text.includes('-')) return Date.parse(`${text.replace(' ', 'T')}Z`);
  return text.length > 13 ? Math.floor(Number(text) / 1000) : Number(text);
}

/** Days whose lines are kept: the pages of a day are asked for one after the other. */
const KEPT_DAYS = 2;

/** What is listed of a market's nature. */
export function tailBook(listings: ReadonlyMap<string, Listing>, { marketLines }: ArchiveText): TailBook {
  const kept = new Map<string, string[]>();
  return {
    listing: (market, dataNature, symbol) => listings.get(listingId(market, dataNature, symbol)),
    marketLines(key, listing) {
      const path = cachePath(key);
      const lines = kept.get(path) ?? marketLines(key, listing);
      kept.delete(path);
      kept.set(path, lines);
      if (kept.size > KEPT_DAYS) kept.delete(kept.keys().next().value!);
      return lines;
    },
  };
}
