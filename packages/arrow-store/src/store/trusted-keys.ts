import {
  type CacheKey,
  type Catalog,
  type Dataset,
  type UncheckedCacheKey,
  cachePath,
  isUtcDay,
  isUtcMonth,
} from '@vision-cache/cache-keys';

/**
 * The store's door for keys. The compiler lets only keys through that the catalog made; who writes JavaScript, spreads a
 * key or reads one from a file can give anything, and a path is made of it. What is not known yet is parsed again.
 */
export class TrustedKeys {
  readonly #catalog: Catalog;
  readonly #known = new WeakSet<CacheKey>();
  /** The last one that was parsed. */
  #last: CacheKey | undefined;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** @throws {CacheKeyError} where it names nothing that is stored. */
  of<D extends Dataset>(key: CacheKey<D>): CacheKey<D> {
    if (this.#known.has(key)) return key;
    if (this.#last !== undefined && isOfSeries(key, this.#last)) {
      this.#known.add(key);
      return key;
    }
    const parsed = this.#catalog.cacheKey(((key as unknown) ?? {}) as UncheckedCacheKey) as CacheKey<D>;
    // One that can still change is never known.
    if (!Object.isFrozen(key) || cachePath(parsed) !== cachePath(key)) return parsed;
    this.#known.add(key);
    this.#last = key;
    return key;
  }
}

/** Whether a key is another day or month of one that is known: the keys of a range come one after another. */
function isOfSeries(given: CacheKey, known: CacheKey): boolean {
  const key: Partial<CacheKey> = Object(given) as CacheKey;
  if (!Object.isFrozen(given) || typeof key.date !== 'string') return false;
  return (
    key.symbol === known.symbol &&
    key.interval === known.interval &&
    key.dataNature === known.dataNature &&
    key.marketType === known.marketType &&
    key.exchange === known.exchange &&
    key.packagingFrequency === known.packagingFrequency &&
    (known.packagingFrequency === 'daily' ? isUtcDay(key.date) : isUtcMonth(key.date))
  );
}
