import { type Catalog, type Dataset, PACKAGING_FREQUENCIES, spanOf } from '@vision-cache/cache-keys';
import type { VisionDataClient } from '@vision-cache/vision-client';
import { datasetOf, type Series } from '../series/series-name.ts';

/** Nothing in the archive is older. */
const BEFORE_ALL = '2017-01-01';

/** When the first day or month of a series that the archive has begins; undefined if it has nothing. One or two requests. */
export async function firstPublished(
  series: Series,
  catalog: Catalog,
  archive: VisionDataClient,
  signal: AbortSignal,
): Promise<bigint | undefined> {
  const { published }: Dataset = datasetOf(series, catalog);
  let first: bigint | undefined;
  for (const packagingFrequency of PACKAGING_FREQUENCIES) {
    if (!published[packagingFrequency].includes(series.interval)) continue;
    const key = catalog.cacheKey({ ...series, packagingFrequency, date: BEFORE_ALL });
    for await (const { key: listed } of archive.list(key, { signal })) {
      const { start } = spanOf(listed.date);
      if (first === undefined || start < first) first = start;
      // Months come in the order of their names, in which one without its zero stands behind the last of its year; days
      // all have their zero.
      if (packagingFrequency === 'daily') break;
    }
  }
  return first;
}
