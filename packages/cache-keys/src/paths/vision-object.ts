import type { CacheKey, UncheckedCacheKey } from '../keys/cache-key.ts';
import { BINANCE } from '../keys/catalog.ts';
import type { BinanceDataset, MarketType } from '../datasets/datasets.ts';
import { CacheKeyError, quote } from '../contract/errors.ts';

/** The archive's address. */
export const VISION_BASE_URL = 'https://data.binance.vision';

const FOLDERS = {
  spot: 'spot',
  um: 'futures/um',
  cm: 'futures/cm',
  option: 'option',
} satisfies Record<MarketType, string>;
const FOLDER_OF_MARKET: ReadonlyMap<string, string> = new Map(Object.entries(FOLDERS));

const ARCHIVE_EXTENSION = '.zip';
/** What is added to an archive's name to name its checksum. */
export const CHECKSUM_EXTENSION = '.CHECKSUM';

/** The part of the archive below which to list: as many of the choices as are given, from the outermost. */
export interface VisionFolder {
  readonly marketType: MarketType;
  readonly packagingFrequency?: string;
  readonly dataNature?: string;
  readonly symbol?: string;
  readonly interval?: string | undefined;
}

function marketFolder(key: CacheKey | VisionFolder): string {
  const folder = FOLDER_OF_MARKET.get(key.marketType);
  if (folder === undefined || ('exchange' in key && key.exchange !== 'binance')) {
    const shown = 'exchange' in key ? `${key.exchange}/${key.marketType}` : key.marketType;
    throw new CacheKeyError('E_KEY_NOT_IN_ARCHIVE', `${quote(shown)} is not in Binance's archive.`, {
      received: shown,
    });
  }
  return folder;
}

/**
 * The prefix of a folder of the archive, ending in `/`, for the archive's listing:
 * `data/futures/um/daily/klines/BTCUSDT/1m/`.
 * @throws {CacheKeyError} `E_KEY_NOT_IN_ARCHIVE` for a key of another exchange.
 */
export function visionPrefix(of: CacheKey | VisionFolder): string {
  const parts = [of.packagingFrequency, of.dataNature, of.symbol, of.interval];
  const given = parts.findIndex((part) => part === undefined);
  return ['data', marketFolder(of), ...(given === -1 ? parts : parts.slice(0, given)), ''].join('/');
}

/** A file of the archive without its folder and ending: what its one member is called too, with `.csv`. */
export function visionFileStem(key: CacheKey): string {
  return `${key.symbol}-${key.interval ?? key.dataNature}-${key.date}`;
}

/**
 * The name of a key's object in the archive:
 * `data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip`.
 * The archive puts the frequency before the nature, and `futures/um` for um.
 * @throws {CacheKeyError} `E_KEY_NOT_IN_ARCHIVE` for a key of another exchange.
 */
export function visionObjectKey(key: CacheKey): string {
  return `${visionPrefix(key)}${visionFileStem(key)}${ARCHIVE_EXTENSION}`;
}

/** A month as some files of 2020 have it: `ADABKRW-1d-2020-8.zip` (binance-public-data#469). */
const UNPADDED_MONTH = /^(\d{4})-([1-9])$/;

/**
 * The other name that a month's object may have, with the month unpadded: `…/ADABKRW-1d-2020-8.zip`. Undefined for a
 * day, and for a month of two digits.
 */
export function unpaddedObjectKey(key: CacheKey): string | undefined {
  const match = /^(\d{4})-0([1-9])$/.exec(key.date);
  if (match === null) return undefined;
  const stem = visionFileStem(key).slice(0, -key.date.length);
  return `${visionPrefix(key)}${stem}${match[1]!}-${match[2]!}${ARCHIVE_EXTENSION}`;
}

/** The name of the checksum beside a key's object. */
export function visionChecksumKey(key: CacheKey): string {
  return `${visionObjectKey(key)}${CHECKSUM_EXTENSION}`;
}

/** The URL of an object of the archive; each segment is percent-encoded, for there are symbols such as 币安人生USDT. */
export function visionUrl(objectKey: string, baseUrl: string = VISION_BASE_URL): string {
  const path = objectKey.split('/').map((segment) => encodeURIComponent(segment));
  return `${baseUrl.replace(/\/+$/, '')}/${path.join('/')}`;
}

/** The name of the object that a URL of the archive names; the inverse of `visionUrl`. */
export function visionObjectKeyOfUrl(url: string, baseUrl: string = VISION_BASE_URL): string {
  const base = `${baseUrl.replace(/\/+$/, '')}/`;
  try {
    const segments = url.startsWith(base) ? url.slice(base.length).split('/').map(decodeURIComponent) : ['/'];
    if (!segments.some((segment) => segment.includes('/'))) return segments.join('/');
  } catch {
    // Not percent-encoded UTF-8: no URL that `visionUrl` made.
  }
  throw new CacheKeyError('E_KEY_OBJECT_NAME', `${quote(url)} is not a URL below ${quote(base)}.`, { received: url });
}

/**
 * The key of an object of the archive, or of the checksum beside it. The folder tells what it is, for the files of
 * mark, index and premium klines are named like those of klines. A month may stand unpadded, `2020-8`: the key is that
 * of the month, and `unpaddedObjectKey` gives the name back.
 * @throws {CacheKeyError} `E_KEY_OBJECT_NAME` if it is not such a name, or the code of the wrong part.
 */
export function parseVisionObjectKey(objectKey: string): CacheKey<BinanceDataset> {
  const refuse = (): never => {
    throw new CacheKeyError('E_KEY_OBJECT_NAME', `${quote(objectKey)} is not the name of an object of the archive.`, {
      received: objectKey,
    });
  };
  if (typeof objectKey !== 'string') return refuse();
  const archive = objectKey.endsWith(CHECKSUM_EXTENSION) ? objectKey.slice(0, -CHECKSUM_EXTENSION.length) : objectKey;
  const [data, ...parts] = archive.split('/');
  if (parts[0] === 'futures') parts.shift();
  const file = parts.pop();
  const [marketType, packagingFrequency, dataNature, symbol, interval] = parts;
  if (data !== 'data' || symbol === undefined || parts.length > 5 || !file) return refuse();
  const stem = `${symbol}-${interval ?? dataNature}-`;
  if (!file.startsWith(stem) || !file.endsWith(ARCHIVE_EXTENSION)) return refuse();
  const spelled = file.slice(stem.length, -ARCHIVE_EXTENSION.length);
  const date = spelled.replace(UNPADDED_MONTH, '$1-0$2');
  const input = { marketType, packagingFrequency, dataNature, symbol, interval, date } as UncheckedCacheKey;
  const key = BINANCE.cacheKey(input);
  const named = `${visionPrefix(key)}${stem}${spelled}${ARCHIVE_EXTENSION}`;
  return named === archive && visionFileStem(key) === `${stem}${date}` ? key : refuse();
}
