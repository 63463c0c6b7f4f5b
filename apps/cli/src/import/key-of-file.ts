import {
  BINANCE,
  type CacheKey,
  INTERVALS,
  isUtcMonth,
  parseVisionObjectKey,
  refuseForeignSymbol,
  type UncheckedCacheKey,
} from '@vision-cache/cache-keys';
import { basename, dirname, resolve } from 'node:path';

/** Which file it is, and what is known beside its name. */
export interface NamedFile {
  /** The folder that is imported, as it was given. */
  readonly folder: string;
  /** Below it. */
  readonly file: string;
  /** What the user says of files whose path names no market. */
  readonly market: string | undefined;
}

export type FileKey = { readonly key: CacheKey } | { readonly code: string; readonly reason: string };

/** Folders of a mirror, from the market on; a copy may begin anywhere above it. */
const IN_MIRROR = /(?:^|\/)((?:spot|futures\/(?:um|cm)|option)\/(?:daily|monthly)\/.+)$/;
const LOOSE = /^(.+?)-([A-Za-z0-9]+)-(\d{4}-\d\d(?:-\d\d)?)\.zip$/;
/** Natures whose files are named like those of klines. */
const LIKE_KLINES = ['markpriceklines', 'indexpriceklines', 'premiumindexklines'];
/** Words of folders that speak of a market which a name does not tell. */
const MARKET_WORDS = ['um', 'cm', 'usdm', 'coinm', 'futures', 'perp', 'perpetual', 'option', 'options'];

/**
 * Which day or month a file is: by its path within a mirror, also where only a part of one is imported, or by its name
 * alone. What a name does not tell is not guessed where a folder says otherwise. Pure, but for the working folder.
 * @throws {CacheKeyError} the code of the part of a name that is wrong
 */
export function keyOfFile({ folder, file, market }: NamedFile): FileKey {
  const below = file.replaceAll('\\', '/').replace(/\.csv$/, '.zip');
  const whole = `${resolve(folder).replaceAll('\\', '/')}/${below}`;
  const inMirror = IN_MIRROR.exec(whole)?.[1];
  if (inMirror !== undefined) {
    try {
      return { key: parseVisionObjectKey(`data/${inMirror}`) };
    } catch {
      // Folders that are called so by chance: the file's own name may tell.
    }
  }
  const [, symbol, what, date] = LOOSE.exec(basename(below)) ?? [];
  if (symbol === undefined || what === undefined || date === undefined)
    return { code: 'E_NAME', reason: 'its name is none of the archive’s, as BTCUSDT-1m-2024-01-01.zip is' };
  const folders = `${folder.replaceAll('\\', '/')}/${dirname(below)}`.split('/').map((each) => each.toLowerCase());
  const interval = INTERVALS.find((each) => each === what);
  const nature = folders.find((each) => LIKE_KLINES.includes(each));
  if (interval !== undefined && nature !== undefined)
    return {
      code: 'E_NAME',
      reason: `it is named like klines, and lies below the folder ${nature}: only the archive’s whole path tells them apart`,
    };
  const told = folders.find((each) => each.split(/[^a-z]+/).some((word) => MARKET_WORDS.includes(word)));
  if (market === undefined && told !== undefined)
    return { code: 'E_NAME', reason: `its folder is called ${told}, and its name tells no market: say --market` };
  const key: UncheckedCacheKey = {
    marketType: market ?? 'spot',
    packagingFrequency: isUtcMonth(date) ? 'monthly' : 'daily',
    symbol,
    date,
    ...(interval === undefined ? { dataNature: what } : { interval }),
  };
  const found = BINANCE.cacheKey(key);
  refuseForeignSymbol(found);
  return { key: found };
}
