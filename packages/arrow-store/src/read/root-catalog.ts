import { BINANCE, type BinanceDataset, type Catalog, createCatalog, type Dataset } from '@vision-cache/cache-keys';
import { Disk } from '../disk/disk.ts';
import { type FileSystem, nodeFileSystem } from '../disk/file-system.ts';
import { rootPath } from '../disk/root-path.ts';
import { readRootFormat } from '../disk/root.ts';

/**
 * The catalog for a cache as it is: Binance's datasets, with the intervals that its root keeps by the month. Where there
 * is no root yet, every interval up to `1d` is kept by the day. Give the same catalog to the cache and to the manager.
 * @example
 * const catalog = rootCatalog('./data');
 * const cache = new UnifiedCacheManager({ root: './data', catalog });
 */
export function rootCatalog(root: string | URL): Catalog<BinanceDataset>;
/** The same for another exchange: the catalog has these datasets. */
export function rootCatalog<const D extends Dataset>(root: string | URL, datasets: readonly D[]): Catalog<D>;
export function rootCatalog(
  root: string | URL,
  datasets: readonly Dataset[] = BINANCE.datasets,
  fileSystem: FileSystem = nodeFileSystem,
): Catalog {
  const monthly = readRootFormat(new Disk(rootPath(root), fileSystem))?.monthly ?? [];
  return createCatalog(datasets, { monthly });
}
