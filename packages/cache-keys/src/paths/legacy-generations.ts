import { parseCachePath } from './cache-path.ts';
import { type UtcDate, isUtcDay, isUtcMonth } from '../time/calendar.ts';
import { BINANCE } from '../keys/catalog.ts';
import type { DataNature, MarketType } from '../datasets/datasets.ts';
import { type CacheKeyErrorCode, isCacheKeyError, quote } from '../contract/errors.ts';
import { type Interval, isInterval } from '../time/interval.ts';
import { LAYOUTS, type LegacyGeneration, type LegacyLayout } from './legacy-layouts.ts';
import { type MarketSymbol, isMarketSymbol } from '../contract/symbol.ts';

/** What an old path tells of the rows in the file; what it does not tell is undefined, never guessed. */
export interface LegacyPathFacts {
  /** The generations that wrote such a path; several where only the bytes tell them apart. */
  readonly generations: readonly LegacyGeneration[];
  /** Undefined if the path names no market. */
  readonly marketType: MarketType | undefined;
  readonly dataNature: DataNature;
  readonly symbol: MarketSymbol;
  /** Usually one; two where its case was lost, so that `1m` may be a minute or a month; none where it was lost. */
  readonly intervals: readonly Interval[];
  /** The day or month in the name, or undefined if the name lost it. The rows may say otherwise. */
  readonly date: UtcDate | undefined;
}

export type LegacyPath =
  /** The path has one meaning, apart from what it leaves out. */
  | ({ readonly status: 'recognised' } & LegacyPathFacts)
  /** The path has several meanings, which only the rows can tell apart. */
  | ({ readonly status: 'ambiguous'; readonly reason: string } & LegacyPathFacts)
  /** Nothing known wrote such a path. */
  | { readonly status: 'unknown'; readonly reason: string };

/**
 * What a path below the root of an old cache (with `/` on every platform) says of the file: which generation wrote it,
 * and what its name holds. Only the rows can confirm it.
 */
export function parseLegacyPath(path: string): LegacyPath {
  if (!path.endsWith('.arrow')) return unknown('it does not end in .arrow');
  for (const layout of LAYOUTS) {
    const groups = layout.pattern.exec(path)?.groups;
    if (groups !== undefined) return factsOf(layout, groups);
  }
  return parseNewPath(path);
}

const unknown = (reason: string): LegacyPath => ({ status: 'unknown', reason });

/** Where a path is not meant to be of the new layout, and its complaint would mislead. */
const OTHER_LAYOUT: readonly CacheKeyErrorCode[] = ['E_KEY_PATH', 'E_KEY_EXCHANGE', 'E_KEY_MARKET_TYPE'];

/** Files that already lie where they should may be of generation N, which only their bytes tell. */
function parseNewPath(path: string): LegacyPath {
  try {
    const { marketType, dataNature, symbol, interval, date } = parseCachePath(path.replace(/^data\//, ''));
    const intervals = interval === undefined ? [] : [interval];
    return { status: 'recognised', generations: ['N'], marketType, dataNature, symbol, intervals, date };
  } catch (error) {
    const isAlmost = isCacheKeyError(error) && !OTHER_LAYOUT.includes(error.code);
    return unknown(isAlmost ? error.message : `no generation wrote a path like ${quote(path)}`);
  }
}

type Groups = Readonly<Record<string, string | undefined>>;

function factsOf(layout: LegacyLayout, groups: Groups): LegacyPath {
  const market = marketOf(layout, groups);
  const dataNature = (groups.nature ?? 'klines') as DataNature;
  if (
    market !== undefined &&
    !BINANCE.datasets.some((each) => each.marketType === market && each.dataNature === dataNature)
  ) {
    return unknown(`${market} has no ${quote(dataNature)}`);
  }
  // The third part of a G10 futures name is the interval of a perpetual of USDT, and the contract of a coin one.
  const contract = /^(?:PERP|\d{6})$/i.test(groups.contract ?? '') ? groups.contract : undefined;
  const symbol = symbolOf(groups, contract);
  if (!isMarketSymbol(symbol)) return unknown(`${quote(symbol)} is not a symbol`);

  const intervalText = contract === undefined ? (groups.interval ?? groups.contract) : undefined;
  const intervals = intervalText === undefined ? [] : meanings(intervalText, layout.caseLost === true);
  if (intervalText !== undefined && intervals.length === 0) return unknown(`${quote(intervalText)} is not an interval`);

  const date = dashed(groups.date);
  if (date !== undefined && !isUtcDay(date) && !isUtcMonth(date))
    return unknown(`${quote(date)} is not in the calendar`);

  const facts = { generations: layout.generations, marketType: market, dataNature, symbol, intervals, date };
  if (intervals.length === 1) return { status: 'recognised', ...facts };
  const reason =
    intervals.length === 0
      ? 'the name holds no interval'
      : `the interval's case is ambiguous: ${intervals.join(' or ')}`;
  return { status: 'ambiguous', reason, ...facts };
}

const MARKETS: ReadonlyMap<string, MarketType> = new Map([
  ['spot', 'spot'],
  ['um', 'um'],
  ['cm', 'cm'],
  ['futures/um', 'um'],
  ['futures/cm', 'cm'],
  ['futures_um', 'um'],
  ['futures_cm', 'cm'],
  ['usdt', 'um'],
  ['coin', 'cm'],
]);

function marketOf(layout: LegacyLayout, groups: Groups): MarketType | undefined {
  return groups.market === undefined ? layout.marketType : MARKETS.get(groups.market);
}

/** Old layouts wrote symbols in small letters, in two parts, or, on an old Mac's disk, decomposed. */
function symbolOf(groups: Groups, contract: string | undefined): string {
  const name = groups.symbol ?? `${groups.base!}${groups.quote ?? ''}`;
  return (contract === undefined ? name : `${name}_${contract}`).normalize('NFC').toUpperCase();
}

/** What an old spelling of an interval can mean: `1M` a month, `1m` a minute, and where case was lost either. */
function meanings(text: string, caseLost: boolean): readonly Interval[] {
  const small = text.toLowerCase();
  if (small === '1m' && caseLost) return ['1m', '1mo'];
  if (text === '1M') return ['1mo'];
  return isInterval(small) ? [small] : [];
}

/** `20240101` as `2024-01-01`. */
function dashed(digits: string | undefined): string | undefined {
  return digits?.replace(/^(\d{4})(\d{2})(\d{2})?$/, (_, ...[year, month, day]: string[]) =>
    [year, month, day].filter((part) => part !== undefined).join('-'),
  );
}
