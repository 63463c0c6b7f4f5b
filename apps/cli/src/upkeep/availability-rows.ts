import { type MarketType, PACKAGING_FREQUENCIES, type PackagingFrequency } from '@vision-cache/cache-keys';
import type { Composition } from '../parts/compose.ts';
import { datasetOf, parseSeriesName, seriesName, seriesOf } from '../series/series-name.ts';

/** What is published of a series at a packaging frequency. */
export interface AvailabilityRow {
  readonly series: string;
  readonly packagingFrequency: PackagingFrequency;
  /** Absent where every file has a name that is not understood. */
  readonly first?: string;
  readonly last?: string;
  /** Days or months between them that are not published. */
  readonly holes: readonly string[];
  readonly files: number;
  readonly bytes: number;
  /** Files of the listing whose names are none that the archive is known to give; absent if there is none. */
  readonly unnamed?: readonly string[];
}

interface Asked {
  readonly market?: string | undefined;
  readonly nature?: string | undefined;
  readonly interval?: readonly string[] | undefined;
}

/** Of a series, or of a symbol with all of its intervals, what the archive's listing tells. */
export async function* availabilityRows(
  { archive, catalog }: Pick<Composition, 'archive' | 'catalog'>,
  name: string,
  { market = 'spot', nature = 'klines', interval: asked }: Asked,
  signal: AbortSignal,
): AsyncGenerator<AvailabilityRow> {
  const given = name.includes('/') ? parseSeriesName(name, catalog) : undefined;
  const { exchange, marketType, dataNature, symbol } = given ?? {
    exchange: 'binance',
    marketType: market,
    dataNature: nature,
    symbol: name,
  };
  const { published } = datasetOf({ exchange, marketType, dataNature }, catalog);
  const known = new Map<string, Set<string>>();
  for (const packagingFrequency of PACKAGING_FREQUENCIES) {
    for (const interval of published[packagingFrequency]) {
      const isAsked = given === undefined ? asked?.includes(interval ?? '') !== false : interval === given.interval;
      if (!isAsked) continue;
      const series = seriesOf({ exchange, marketType, dataNature, symbol, interval }, catalog);
      // One request a series in place of pages of names, where the folder is not even there.
      const folder = { marketType: marketType as MarketType, packagingFrequency, dataNature, symbol: series.symbol };
      if (interval !== undefined && !(await folders(folder)).has(interval)) continue;
      const found = await archive.availability({ ...series, packagingFrequency }, { signal });
      const { first, last, holes, files, bytes, unnamed } = found;
      if (first === undefined && unnamed === undefined) continue;
      yield {
        series: seriesName(series),
        packagingFrequency,
        ...(first === undefined ? {} : { first }),
        ...(last === undefined ? {} : { last }),
        holes,
        files: files.length,
        bytes,
        ...(unnamed === undefined ? {} : { unnamed }),
      };
    }
  }

  async function folders(folder: Parameters<typeof archive.names>[0]): Promise<Set<string>> {
    const key = folder.packagingFrequency ?? '';
    const found = known.get(key) ?? new Set(await archive.names(folder, { signal }));
    known.set(key, found);
    return found;
  }
}
