import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { BINANCE, type Catalog, isInterval, type MarketType, PACKAGING_FREQUENCIES } from '@vision-cache/cache-keys';
import type { VisionDataClient } from '@vision-cache/vision-client';
import { datasetOf, matcherOf, parseSeriesName, type Series, seriesOf } from '../series/series-name.ts';
import { UsageError } from '../contract/usage-error.ts';

export interface SeriesChoice {
  readonly symbols: readonly string[];
  readonly all: boolean;
  readonly quote: string | undefined;
  readonly match: string | undefined;
  /** A file with a series a line; `-` is stdin. */
  readonly file: string | undefined;
  readonly market: string;
  readonly nature: string;
  readonly intervals: readonly string[];
}

/** The series that the command line names, in its order, each once. @throws {UsageError}, {CacheKeyError} */
export async function chooseSeries(
  choice: SeriesChoice,
  catalog: Catalog,
  archive: VisionDataClient,
  signal: AbortSignal,
): Promise<Series[]> {
  const { market, nature, file } = choice;
  const dataset = { exchange: 'binance', marketType: market, dataNature: nature };
  const named = [...choice.symbols, ...(file === undefined ? [] : await linesOf(file))];
  const whole = named.filter((name) => name.includes('/')).map((name) => parseSeriesName(name, catalog));
  const symbols = named.filter((name) => !name.includes('/'));
  if (symbols.length === 0 && !choice.all) return unique(whole);

  const { published } = datasetOf(dataset, catalog);
  const known = [...new Set([...published.daily, ...published.monthly])];
  const intervals = known.includes(undefined) ? [undefined] : choice.intervals;
  if (intervals.length === 0)
    throw new UsageError(`${nature} needs --interval: ${known.join(', ')}; several with commas.`);
  if (choice.all) symbols.push(...(await listedSymbols(choice, archive, signal)));
  const made = symbols.flatMap((symbol) =>
    intervals.map((interval) => seriesOf({ ...dataset, symbol, interval }, catalog)),
  );
  return unique([...whole, ...made]);
}

/** The symbols that the archive has, of the quote and the pattern that are asked for. */
async function listedSymbols(
  { market, nature, quote, match }: SeriesChoice,
  archive: VisionDataClient,
  signal: AbortSignal,
): Promise<string[]> {
  const dataset = BINANCE.datasets.find(
    ({ marketType, dataNature }) => marketType === market && dataNature === nature,
  )!;
  const packagingFrequency = PACKAGING_FREQUENCIES.find((each) => dataset.published[each].length > 0)!;
  const names = await archive.names(
    { marketType: market as MarketType, packagingFrequency, dataNature: nature },
    { signal },
  );
  const matches = match === undefined ? undefined : matcherOf(match);
  return names.filter((symbol) => {
    if (quote !== undefined && !symbol.endsWith(quote)) return false;
    if (matches === undefined) return true;
    const interval = [...dataset.published.daily, ...dataset.published.monthly].find(
      (each) => each === undefined || isInterval(each),
    );
    return matches(seriesOf({ marketType: market, dataNature: nature, symbol, interval }, BINANCE));
  });
}

async function linesOf(file: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: file === '-' ? process.stdin : createReadStream(file) })) {
    const name = line.replace(/#.*/, '').trim();
    if (name !== '') lines.push(name);
  }
  return lines;
}

function unique(series: readonly Series[]): Series[] {
  return [...new Map(series.map((each) => [JSON.stringify(each), each])).values()];
}
