import {
  BINANCE,
  type BinanceDataset,
  type CacheKey,
  type DataNature,
  daysBetween,
  spanOf,
  type TimeInput,
} from '@vision-cache/cache-keys';
import {
  type FileIrregularity,
  type Irregularity,
  microsecondsOf,
  publishedLines,
  restated,
  selects,
} from '../market/irregularity.ts';
import { type Listing, listingId } from '../market/listed-symbols.ts';
import { createMarketSeries, DAY, type MarketEvents, type MarketSeries, type Span } from '../market/market-series.ts';
import { seriesProfile } from '../market/series-profile.ts';
import { barLines } from './bar-text.ts';
import { eventLines } from './event-lines.ts';
import { fileHeader } from './file-header.ts';

export interface ArchiveTextOptions {
  readonly seed: number | string;
  readonly eventsPerDay: number;
  readonly headersFrom: TimeInput;
  readonly irregularities: readonly Irregularity[];
  readonly listings: ReadonlyMap<string, Listing>;
  /** Epoch microseconds, UTC. */
  readonly now: () => number;
}

/** What stands in the files of an archive, before they are packed. */
export interface ArchiveText {
  /** When the market of a listing was open. */
  readonly eventsOf: (listing: Listing) => MarketEvents;
  readonly seriesOf: (listing: Listing) => MarketSeries;
  readonly listingOf: (key: CacheKey) => Listing | undefined;
  /** What happened to the key's file. */
  readonly fileIrregularities: (key: CacheKey) => readonly FileIrregularity[];
  /** The lines of a day or month as the market made them. */
  readonly marketLines: (key: CacheKey, listing: Listing) => string[];
  /** The lines of the file as the publisher wrote them. */
  readonly fileLines: (key: CacheKey, listing: Listing) => readonly string[];
  /** The whole member of the file, with its header. */
  readonly fileText: (key: CacheKey, listing: Listing) => Uint8Array;
}

/** From that day on, spot files are in microseconds. */
const MICROSECONDS_FROM = '2025-01-01';
/** A series keeps its latest days; those of many symbols would fill the memory. */
const KEPT_SERIES = 6;

export function createArchiveText(options: ArchiveTextOptions): ArchiveText {
  const { seed, eventsPerDay, headersFrom, irregularities, listings, now } = options;
  const seriesById = new Map<string, MarketSeries>();
  const eventsById = new Map<string, MarketEvents>();
  function eventsOf({ dataset, symbol, life }: Listing): MarketEvents {
    const id = listingId(dataset.marketType, dataset.dataNature, symbol);
    const events = eventsById.get(id) ?? marketEvents(irregularities, dataset, symbol, life);
    eventsById.set(id, events);
    return events;
  }

  function seriesOf(listing: Listing): MarketSeries {
    const { dataset, symbol } = listing;
    const { marketType, dataNature } = dataset;
    const id = listingId(marketType, dataNature, symbol);
    let series = seriesById.get(id);
    if (series !== undefined) {
      // The one that is asked for is the last to go.
      seriesById.delete(id);
      seriesById.set(id, series);
    } else {
      const events = eventsOf(listing);
      const profile = seriesProfile(marketType, dataNature, symbol);
      series = createMarketSeries({ seed, marketType, dataNature, symbol, profile, events });
      seriesById.set(id, series);
      if (seriesById.size > KEPT_SERIES) seriesById.delete(seriesById.keys().next().value!);
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
    return publishedLines(listing.dataset, ofMonth, special, following, now());
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
  return { eventsOf, seriesOf, listingOf, fileIrregularities, marketLines, fileLines, fileText };
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
