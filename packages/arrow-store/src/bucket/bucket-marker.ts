import { BINANCE, type BinanceDataset, type Catalog, createCatalog, type Dataset } from '@vision-cache/cache-keys';
import { ROOT_MARKER } from '../disk/hidden-names.ts';
import { type RootFormat, assertFormat, markerBytes, parseRootFormat, rootFormat } from '../disk/root.ts';
import type { ObjectStore } from '../objects/object-store.ts';

/** The bucket's own mark: which intervals it keeps by the month. The same file as in a folder. */
export class BucketMarker {
  readonly #objects: ObjectStore;
  readonly #catalog: Catalog;
  #checked: Promise<boolean> | undefined;
  #marked: Promise<void> | undefined;

  constructor(objects: ObjectStore, catalog: Catalog) {
    this.#objects = objects;
    this.#catalog = catalog;
  }

  /** Looked at once, before anything else of the bucket. @throws {ArrowStoreError} `E_NEWER_FORMAT`, `E_HOMES` */
  async check(): Promise<boolean> {
    this.#checked ??= this.#look();
    try {
      return await this.#checked;
    } catch (error) {
      this.#checked = undefined;
      throw error;
    }
  }

  /** Marks it before the first object is put. */
  async mark(): Promise<void> {
    this.#marked ??= this.#write();
    try {
      await this.#marked;
    } catch (error) {
      this.#marked = undefined;
      throw error;
    }
  }

  async #look(): Promise<boolean> {
    const marker = await readMarker(this.#objects);
    if (marker === undefined) return false;
    assertFormat(this.#objects.name, marker.format, this.#catalog.monthly);
    return true;
  }

  async #write(): Promise<void> {
    if (await this.check()) return;
    await this.#objects.put(ROOT_MARKER, [markerBytes(rootFormat(this.#catalog.monthly))], { ifAbsent: true });
    // Somebody else may have been first, with another catalog.
    this.#checked = undefined;
    await this.check();
  }
}

async function readMarker(objects: ObjectStore): Promise<{ readonly format: RootFormat | undefined } | undefined> {
  const found = await objects.get(ROOT_MARKER);
  if (found === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(new TextDecoder().decode(found.bytes));
    const isRecord = typeof record === 'object' && record !== null;
    return { format: parseRootFormat(isRecord ? (record as Record<string, unknown>) : undefined) };
  } catch {
    return { format: undefined };
  }
}

/** The catalog for a bucket as it is: Binance's datasets, with the intervals that it keeps by the month. */
export async function bucketCatalog(objects: ObjectStore): Promise<Catalog<BinanceDataset>>;
export async function bucketCatalog<const D extends Dataset>(
  objects: ObjectStore,
  datasets: readonly D[],
): Promise<Catalog<D>>;
export async function bucketCatalog(
  objects: ObjectStore,
  datasets: readonly Dataset[] = BINANCE.datasets,
): Promise<Catalog> {
  const monthly = (await readMarker(objects))?.format?.monthly ?? [];
  return createCatalog(datasets, { monthly });
}
