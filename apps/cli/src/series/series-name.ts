import {
  cacheFolder,
  type Catalog,
  type Dataset,
  type Interval,
  isCacheKeyError,
  isInterval,
  isMarketSymbol,
  KEY_DEFAULTS,
  type MarketSymbol,
  marketSymbol,
  nearestName,
  PACKAGING_FREQUENCIES,
  type PackagingFrequency,
} from '@vision-cache/cache-keys';
import { UsageError } from '../contract/usage-error.ts';

/** One symbol's data of one nature and interval, where its rows are kept. */
export interface Series {
  readonly exchange: string;
  readonly marketType: string;
  readonly dataNature: string;
  readonly packagingFrequency: PackagingFrequency;
  readonly symbol: MarketSymbol;
  readonly interval: Interval | undefined;
}

/** A series without what else an object tells of it. */
export function partsOf({ exchange, marketType, dataNature, packagingFrequency, symbol, interval }: Series): Series {
  return { exchange, marketType, dataNature, packagingFrequency, symbol, interval };
}

type Named = Omit<Series, 'packagingFrequency'>;

/**
 * A series as people write it: its folder in the cache without the defaults and the packaging frequency.
 * @example `BTCUSDT/1m`, `um/BTCUSDT/1m`, `um/fundingRate/BTCUSDT`
 */
export function seriesName(series: Series): string {
  const { exchange, marketType, dataNature } = KEY_DEFAULTS;
  const defaults = [exchange, marketType, dataNature, series.packagingFrequency];
  return cacheFolder(series)
    .split('/')
    .filter((part, place) => part !== defaults[place])
    .join('/');
}

/** The dataset of a series. @throws {CacheKeyError} */
export function datasetOf(series: Pick<Named, 'exchange' | 'marketType' | 'dataNature'>, catalog: Catalog): Dataset {
  const { exchange, marketType, dataNature } = series;
  const found = catalog.datasets.find(
    (each) => each.exchange === exchange && each.marketType === marketType && each.dataNature === dataNature,
  );
  // The catalog says what is wrong with a name that it has not.
  return (
    found ?? catalog.datasetOf(catalog.keysBetween({ exchange, marketType, dataNature, symbol: 'A', ...ANY_DAY })[0]!)
  );
}

const ANY_DAY = { start: '2024-01-01', end: '2024-01-02' } as const;

/** Completes a series of text from outside, and finds where its rows are kept. @throws {CacheKeyError} */
export function seriesOf(
  named: { exchange?: string; marketType?: string; dataNature?: string; symbol: string; interval?: string | undefined },
  catalog: Catalog,
): Series {
  const [key] = catalog.keysBetween({ ...named, ...ANY_DAY });
  const { exchange, marketType, dataNature, packagingFrequency, symbol, interval } = key!;
  return { exchange, marketType, dataNature, packagingFrequency, symbol, interval };
}

/**
 * The series of a name as {@link seriesName} gives it, or of a full path of the cache.
 * @throws {UsageError} if it is none, {CacheKeyError} where a part of it is wrong
 */
export function parseSeriesName(name: string, catalog: Catalog): Series {
  const parts = name.split('/').filter((part) => part !== '');
  const last = parts.at(-1);
  const interval =
    last !== undefined && parts.length > 1 && (isInterval(last) || last === '1M') ? parts.pop() : undefined;
  const symbol = parts.pop();
  if (symbol === undefined)
    throw new UsageError(`"${name}" is not a series such as BTCUSDT/1m or um/fundingRate/BTCUSDT.`);
  const choices: Partial<Record<'exchange' | 'marketType' | 'dataNature', string>> = {};
  for (const part of parts) {
    const place = placeOf(part, catalog);
    if (place === undefined || (place !== 'packagingFrequency' && choices[place] !== undefined))
      throw new UsageError(
        `"${part}" in "${name}" is not an exchange, market or nature of the archive${meant(part, symbol, catalog)}`,
      );
    if (place !== 'packagingFrequency') choices[place] = part;
  }
  if (!isMarketSymbol(symbol)) marketSymbol(symbol); // says what is wrong with it
  return seriesOf({ ...choices, symbol, interval }, catalog);
}

/** What a part may have been meant to be: ccxt's `BTC/USDT`, or a name of the archive that is spelled nearly so. */
function meant(part: string, symbol: string, { datasets }: Catalog): string {
  const known = datasets.flatMap(({ exchange, marketType, dataNature }) => [exchange, marketType, dataNature]);
  // check-paths: allow ccxt's name of a symbol, which is no path
  const name = part === part.toUpperCase() ? symbolOf(`${part}/${symbol}`) : nearestName(part, known);
  return name === undefined ? '.' : `; did you mean "${name}"?`;
}

function symbolOf(unified: string): string | undefined {
  try {
    return marketSymbol(unified);
  } catch (error) {
    return isCacheKeyError(error) && error.code === 'E_KEY_SYMBOL' ? error.details.suggestion : undefined;
  }
}

function placeOf(
  part: string,
  { datasets }: Catalog,
): 'exchange' | 'marketType' | 'dataNature' | 'packagingFrequency' | undefined {
  if ((PACKAGING_FREQUENCIES as readonly string[]).includes(part)) return 'packagingFrequency';
  for (const place of ['exchange', 'marketType', 'dataNature'] as const)
    if (datasets.some((dataset) => dataset[place] === part)) return place;
  return undefined;
}

/**
 * Whether a pattern names a series: any run of whole parts of its name or of its full path, `*` for anything within a
 * part, `**` for anything.
 */
export function matcherOf(pattern: string): (series: Series) => boolean {
  const source = pattern
    .split(/(\*\*|\*|\?)/)
    .map((piece) => GLOB[piece] ?? piece.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`))
    .join('');
  const expression = new RegExp(`^(?:.*/)?(?:${source})(?:/.*)?$`, 'u');
  return (series) => expression.test(cacheFolder(series)) || expression.test(seriesName(series));
}

const GLOB: Readonly<Record<string, string>> = { '**': '.*', '*': '[^/]*', '?': '[^/]' };
