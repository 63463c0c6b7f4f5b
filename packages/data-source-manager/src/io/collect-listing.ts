import {
  cacheFolder,
  type CacheKey,
  type Catalog,
  type Dataset,
  type TimeSpan,
  type UtcDay,
  utcDay,
  type UtcMonth,
  utcMonth,
} from '@vision-cache/cache-keys';
import { SingleFlight } from '../concurrency/single-flight.ts';
import type { ArchiveSource, FetchCost, ListedObject } from '../contract/ports.ts';
import { BEGINNING } from '../ledger/life.ts';
import type { Listing } from '../publication/listing.ts';
import { keyAt } from '../query/month-key.ts';
import { contains } from '../spans/spans.ts';

/**
 * Lists what an archive has published of a key's symbol and interval: all months, and the days of a span up to the
 * first one after it. A page holds 500 files, so that a range of a year takes two requests. Days are listed from the
 * month before on: its file may be missing, or not be out yet.
 */
export async function collectListing(
  archive: ArchiveSource,
  key: CacheKey,
  span: TimeSpan,
  catalog: Catalog,
  signal?: AbortSignal,
  onCost?: (cost: FetchCost) => void,
): Promise<Listing | undefined> {
  const list = archive.list?.bind(archive);
  if (list === undefined) return undefined;
  // A source that does not tell is taken to make one request for each listing.
  const costs = { isTold: true };
  const told = (cost: FetchCost): void => {
    costs.isTold = true;
    onCost?.(cost);
  };
  const listed = (from: CacheKey): AsyncIterable<ListedObject> => {
    if (!costs.isTold) onCost?.({ requests: 1, bytes: 0 });
    costs.isTold = false;
    return list(from, { onCost: told, ...(signal === undefined ? {} : { signal }) });
  };
  const dataset: Dataset = catalog.datasetOf<Dataset>(key);
  const hasMonths = dataset.published.monthly.includes(key.interval);
  const hasDays = dataset.published.daily.includes(key.interval);

  const monthly = hasMonths ? new Map<UtcMonth, ListedObject>() : undefined;
  if (monthly !== undefined) {
    const from = keyAt(key, 'monthly', utcMonth(BEGINNING), catalog);
    for await (const object of listed(from)) monthly.set(object.key.date, object);
  }

  const daily = new Map<UtcDay, ListedObject>();
  let dailyTo: UtcDay | undefined;
  // Without months only the days themselves tell when the symbol began.
  const before = utcDay(utcMonth(utcDay(utcMonth(span.start)) <= BEGINNING ? BEGINNING : startOf(span) - 1n));
  const dailyFrom = hasDays ? (hasMonths ? before : BEGINNING) : undefined;
  if (dailyFrom !== undefined) {
    const last = utcDay(span.end > span.start ? span.end - 1n : span.start);
    for await (const object of listed(keyAt(key, 'daily', dailyFrom, catalog))) {
      daily.set(object.key.date, object);
      if (object.key.date <= last) continue;
      dailyTo = object.key.date;
      break;
    }
  }
  if (!costs.isTold) onCost?.({ requests: 1, bytes: 0 });
  return { daily, dailyFrom, dailyTo, monthly };
}

const startOf = ({ start }: TimeSpan): bigint => BigInt(Date.parse(`${utcMonth(start)}-01T00:00:00Z`)) * 1000n;

interface Remembered {
  readonly at: bigint;
  readonly span: TimeSpan;
  /** Undefined while it is collected. */
  done?: { readonly listing: Listing | undefined };
}

export interface ListingSettings {
  readonly span: TimeSpan;
  /** Epoch microseconds, UTC. */
  readonly now: bigint;
  readonly catalog: Catalog;
  readonly onCost?: ((cost: FetchCost) => void) | undefined;
}

/**
 * Keeps listings for ten minutes, so that the parts of a long request, or of a chart, list once. Who asks while it is
 * collected waits for the same, and each may stop waiting for itself.
 */
export class ListingMemo {
  readonly #listings = new Map<string, Remembered>();
  readonly #flights = new SingleFlight<Listing | undefined>();

  /** As {@link collectListing}. */
  async get(
    archive: ArchiveSource,
    key: CacheKey,
    { span, now, catalog, onCost }: ListingSettings,
    signal: AbortSignal | undefined,
  ): Promise<Listing | undefined> {
    const id = `${archive.name} ${cacheFolder(key)}`;
    const known = this.#listings.get(id);
    const isFresh = known !== undefined && known.at <= now && now - known.at < 600_000_000n;
    const wanted: Remembered = isFresh && contains(known.span, span) ? known : { at: now, span };
    if (wanted.done !== undefined) return wanted.done.listing;
    this.#listings.set(id, wanted);
    try {
      const flight = `${id} ${wanted.span.start} ${wanted.span.end}`;
      const collect = (stop: AbortSignal) => collectListing(archive, key, wanted.span, catalog, stop, onCost);
      const listing = await this.#flights.do(flight, collect, signal);
      wanted.done = { listing };
      return listing;
    } catch (error) {
      if (this.#listings.get(id) === wanted && signal?.aborted !== true) this.#listings.delete(id);
      throw error;
    }
  }

  forget(): void {
    this.#listings.clear();
  }
}
