import {
  type CacheKey,
  type Catalog,
  type Dataset,
  type Interval,
  isCacheKeyError,
  isInterval,
  isMarketSymbol,
  PACKAGING_FREQUENCIES,
  spanOf,
} from '@vision-cache/cache-keys';
import { inArrivalOrder } from '../concurrency/arrival-order.ts';
import { aborted, DataSourceError, isDataSourceError } from '../contract/errors.ts';
import type { ArchiveSource, FetchOptions, SourcePort } from '../contract/ports.ts';
import type {
  RememberedSymbols,
  SymbolFacts,
  SymbolLife,
  SymbolsFolder,
  SymbolsQuery,
  Universe,
} from '../contract/universe.ts';
import type { Engine } from '../io/engine.ts';
import { isGone, joinLives, lifeOfDate, rememberedLives, symbolFacts } from './lives.ts';

export interface SymbolsOptions {
  readonly signal?: AbortSignal | undefined;
  /** A list of at most this age is answered from the cache, without a request. @default 3_600_000, an hour */
  readonly maxAgeMs?: number | undefined;
  /**
   * Asks for the days of every symbol again. Otherwise those that had ended a month before the last time are not asked
   * for, so that one which was listed again later is seen to be back only by this.
   * @default false
   */
  readonly anew?: boolean | undefined;
  /** Told as symbols are done, of those that have to be asked for. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** Of this symbol keys are made to ask for a dataset; it need not exist. */
const ANY_SYMBOL = 'BTCUSDT';
/** Nothing in the archive is older. */
const BEGINNING = '2017-01-01';

/** The folder that lists a query's symbols, and how the key of one of them is made. */
interface Place {
  readonly folder: SymbolsFolder;
  readonly keyOf: (symbol: string, date: string) => CacheKey;
}

/**
 * Every symbol that the archive has of a dataset, with its days: from the cache as far as it is known there, else a
 * request for each 1,000 names and one for each 1,000 days of a symbol. What has arrived is kept also where it fails.
 */
export async function listSymbols(
  engine: Engine,
  sources: readonly SourcePort[],
  query: SymbolsQuery,
  { signal, maxAgeMs = 3_600_000, anew = false, onProgress }: SymbolsOptions,
): Promise<Universe> {
  const { cache, catalog, concurrency, now } = engine;
  const { folder, keyOf } = placeOf(query, catalog);
  const kept = await Promise.resolve(cache.symbols?.(folder)).catch(() => undefined);
  const probe = keyOf(ANY_SYMBOL, BEGINNING);
  const archive = sources.find(
    (source): source is ArchiveSource =>
      source.kind === 'archive' && source.names !== undefined && source.covers(probe),
  );
  const age = kept === undefined ? undefined : now() - kept.askedAt;
  const isWhole = kept?.symbols.every(({ lives }) => lives !== undefined) === true;
  const isFresh = !anew && isWhole && age !== undefined && age >= 0n && age <= BigInt(maxAgeMs) * 1000n;
  if (kept !== undefined && (isFresh || archive === undefined)) return universeOf(kept);
  if (archive === undefined) {
    const message = 'No source of this manager lists these symbols, and the cache has no list of them.';
    throw new DataSourceError('E_QUERY', message, { received: query, code: undefined });
  }

  const options: FetchOptions = signal === undefined ? {} : { signal };
  const askedAt = now();
  const { marketType, dataNature, packagingFrequency } = folder;
  const above = { marketType, dataNature, packagingFrequency };
  const names = (await stoppable(archive.names!(above, options), signal)).filter(isMarketSymbol);
  const lives = new Map<string, readonly SymbolLife[]>();
  const before = new Map<string, readonly SymbolLife[]>();
  for (const each of anew ? [] : (kept?.symbols ?? [])) {
    const known = rememberedLives(each);
    const last = known.at(-1);
    if (last !== undefined) (isGone(last, kept!.askedAt) ? lives : before).set(each.symbol, known);
  }
  const asked = names.filter((name) => !lives.has(name));
  const ask = async (symbol: string, stop: AbortSignal) => {
    const known = before.get(symbol) ?? [];
    const from = keyOf(symbol, known.at(-1)?.last ?? BEGINNING);
    return { symbol, lives: joinLives([...known, ...(await datesOf(archive, from, stop))]) };
  };
  const save = async (): Promise<RememberedSymbols> => {
    const symbols = names.map((symbol) => {
      const known = lives.get(symbol);
      return known === undefined ? { symbol } : { symbol, lives: known };
    });
    const list = { source: archive.name, askedAt, symbols };
    // Where it cannot be kept, it is asked for again the next time.
    await Promise.resolve(cache.saveSymbols?.(folder, list)).catch(() => undefined);
    return list;
  };
  let done = 0;
  try {
    for await (const each of inArrivalOrder(asked, ask, { concurrency, signal })) {
      lives.set(each.symbol, each.lives);
      onProgress?.({ done: ++done, total: asked.length });
    }
  } catch (error) {
    await save();
    throw stopped(error, signal);
  }
  return universeOf(await save());
}

function universeOf({ source, askedAt, symbols }: RememberedSymbols): Universe {
  const facts = symbols.map((each) => symbolFacts(each.symbol, rememberedLives(each), askedAt));
  return { source, askedAt, symbols: facts.filter((each): each is SymbolFacts => each !== undefined) };
}

/** @throws {DataSourceError} `E_QUERY` if no such thing is published */
function placeOf(
  { exchange = 'binance', marketType = 'spot', dataNature = 'klines', interval }: SymbolsQuery,
  catalog: Catalog,
): Place {
  const named = { exchange, marketType, dataNature };
  const published = catalog.datasets.find(
    (each: Dataset) => each.exchange === exchange && each.marketType === marketType && each.dataNature === dataNature,
  )?.published;
  const known = [...(published?.daily ?? []), ...(published?.monthly ?? [])];
  const chosen = interval ?? (known.includes('1d') ? '1d' : known[0]);
  const packagingFrequency =
    PACKAGING_FREQUENCIES.find((each) => published?.[each].includes(chosen as Interval)) ?? 'daily';
  const keyOf = (symbol: string, date: string) => {
    const key = { ...named, packagingFrequency, symbol, interval: chosen, date };
    const of = packagingFrequency === 'daily' ? key : { ...key, date: date.slice(0, 7) };
    const made: CacheKey = catalog.cacheKey(of);
    return made;
  };
  try {
    keyOf(ANY_SYMBOL, BEGINNING);
  } catch (error) {
    if (!isCacheKeyError(error)) throw error;
    const received = { ...named, interval };
    throw new DataSourceError('E_QUERY', error.message, { received, code: error.code }, { cause: error });
  }
  return { keyOf, folder: { ...named, packagingFrequency, ...(isInterval(chosen) ? { interval: chosen } : {}) } };
}

async function datesOf(archive: ArchiveSource, from: CacheKey, signal: AbortSignal): Promise<SymbolLife[]> {
  const found: SymbolLife[] = [];
  if (archive.dates !== undefined) {
    for await (const date of archive.dates(from, { signal })) found.push(lifeOfDate(date));
  } else if (archive.list !== undefined) {
    for await (const { key } of archive.list(from, { signal })) found.push(lifeOfDate(key.date));
  }
  // An unpadded month stands behind the others of its year.
  return found.sort((a, b) => Number(spanOf(a.first).start - spanOf(b.first).start));
}

async function stoppable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw stopped(error, signal);
  }
}

const stopped = (error: unknown, signal: AbortSignal | undefined): unknown =>
  signal?.aborted === true && !isDataSourceError(error) ? aborted(signal) : error;
