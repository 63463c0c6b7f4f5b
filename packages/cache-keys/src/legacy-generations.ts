import { parseCachePath } from './cache-path.ts';
import type { MarketType } from './datasets.ts';
import { quote } from './errors.ts';
import { type Interval, isInterval } from './interval.ts';
import { type MarketSymbol, isMarketSymbol } from './symbol.ts';
import { type UtcDay, type UtcMonth, isUtcDay, isUtcMonth } from './utc-date.ts';

/**
 * The layouts that the Python project wrote over time; see `docs/caching-migration-guide.md`.
 * `S` is the roadmap's old path, `N` the new one.
 */
export type LegacyGeneration =
  | 'S' | 'N' | 'G0' | 'G1' | 'G2' | 'G3' | 'G4' | 'G5' | 'G5b' | 'G6' | 'G7' | 'G8' | 'G9' | 'G10'; // prettier-ignore

/** What an old path tells of the rows in the file; what it does not tell is undefined, never guessed. */
export interface LegacyPathFacts {
  /** The generations that wrote such a path; several where only the bytes tell them apart. */
  readonly generations: readonly LegacyGeneration[];
  /** Undefined where the path names no market. */
  readonly marketType: MarketType | undefined;
  readonly dataNature: string;
  readonly symbol: MarketSymbol;
  /** Usually one; several where the path was written in small letters, so that `1m` may be a minute or a month. */
  readonly intervals: readonly Interval[];
  /** The day or month in the name, or undefined where the name lost it. The rows may say otherwise. */
  readonly date: UtcDay | UtcMonth | undefined;
}

export type LegacyPath =
  /** The path has one meaning, apart from what it leaves out. */
  | ({ readonly status: 'recognised' } & LegacyPathFacts)
  /** The path has several meanings, which only the rows can tell apart. */
  | ({ readonly status: 'ambiguous'; readonly reason: string } & LegacyPathFacts)
  /** Nothing known wrote such a path. */
  | { readonly status: 'unknown'; readonly reason: string };

interface Layout {
  readonly generations: readonly LegacyGeneration[];
  /** Matches the path, with groups symbol, interval, date, and where there are any market, base, quote. */
  readonly pattern: RegExp;
  /** Undefined: the path names no market. `group`: the pattern's group `market` names it. */
  readonly market: MarketType | undefined | 'group';
  /** Whether it was written in small letters, so that `1M` became `1m`. */
  readonly lowerCase: boolean;
}

const MARKETS: ReadonlyMap<string, MarketType> = new Map([
  ['spot', 'spot'],
  ['futures/um', 'um'],
  ['futures/cm', 'cm'],
  ['futures_um', 'um'],
  ['futures_cm', 'cm'],
  ['usdt', 'um'],
  ['coin', 'cm'],
]);

const SYMBOL = '(?<symbol>[^/]+)';
const INTERVAL = '(?<interval>[^/-]+)';
const DAY = '(?<date>\\d{4}-\\d{2}-\\d{2})';
const MONTH_DIGITS = '(?<date>\\d{6})';
const DAY_DIGITS = '(?<date>\\d{8})';

/** In the order in which they are tried; no path matches two. */
const LAYOUTS: readonly Layout[] = [
  { generations: ['G1', 'G2'], pattern: layout(`(?:data/)?binance/spot/klines/daily/${SYMBOL}/${INTERVAL}/${MONTH_DIGITS}`), market: 'spot', lowerCase: false },
  { generations: ['G3'], pattern: layout(`(?:data/)?binance/spot/klines/daily/${SYMBOL}/${INTERVAL}/${DAY_DIGITS}`), market: 'spot', lowerCase: true },
  { generations: ['G4'], pattern: layout(`BINANCE/KLINES/(?!spot/|futures)${SYMBOL}/${INTERVAL}/${DAY}`), market: undefined, lowerCase: true },
  { generations: ['G5', 'G5b'], pattern: layout(`BINANCE/KLINES/(?<market>spot)/${SYMBOL}/${INTERVAL}/${DAY}`), market: 'group', lowerCase: true },
  { generations: ['G5b'], pattern: layout(`BINANCE/KLINES/(?<market>futures_um|futures_cm)/${SYMBOL}/${INTERVAL}/${DAY}`), market: 'group', lowerCase: true },
  { generations: ['G5'], pattern: layout(`BINANCE/KLINES/futures/(?<market>usdt|coin)/${SYMBOL}/${INTERVAL}`), market: 'group', lowerCase: true },
  { generations: ['G6'], pattern: layout(`binance/klines/(?<market>spot)/(?<base>[^/]+)/(?<quote>[^/]+)/${INTERVAL}/${DAY_DIGITS}`), market: 'group', lowerCase: true },
  { generations: ['G6'], pattern: layout(`binance/klines/futures/(?<market>usdt|coin)/${SYMBOL}/${INTERVAL}`), market: 'group', lowerCase: true },
  { generations: ['G7', 'G8', 'G9'], pattern: layout(`(?:data/)?(?<market>spot|futures/um|futures/cm)/daily/klines/${SYMBOL}/${INTERVAL}/\\k<symbol>-\\k<interval>-${DAY}`), market: 'group', lowerCase: false },
  { generations: ['G10'], pattern: layout(`binance/klines/(?<market>spot)/daily/klines/[^/]+/${INTERVAL}/${SYMBOL.replace('[^/]+', '[^/-]+')}-[^/-]+-${DAY}`), market: 'group', lowerCase: true },
  { generations: ['G10'], pattern: layout('binance/klines/(?:[^/]+/)*(?<market>usdt|coin)/(?<base>[^/]+)/(?:USDT|COIN)-[^/-]+-(?<contract>[^/-]+)--'), market: 'group', lowerCase: true },
  { generations: ['G0'], pattern: layout(`(?:data/)?${SYMBOL}/${INTERVAL}/${MONTH_DIGITS}`), market: undefined, lowerCase: false },
  { generations: ['S'], pattern: layout(`(?:data/)?${SYMBOL}/${INTERVAL}/(?:${DAY}|(?<digits>\\d{8}))`), market: undefined, lowerCase: false },
]; // prettier-ignore

function layout(pattern: string): RegExp {
  return new RegExp(`^${pattern}\\.arrow$`);
}

/**
 * What a path below the root of an old cache says of the file: which generation wrote it, and what its name holds.
 * Only the rows can confirm it; a market or a date that the name does not hold is left undefined.
 */
export function parseLegacyPath(path: string): LegacyPath {
  if (!path.endsWith('.arrow')) return { status: 'unknown', reason: 'it does not end in .arrow' };
  const current = parseCurrentPath(path);
  if (current !== undefined) return current;
  for (const each of LAYOUTS) {
    const groups = each.pattern.exec(path)?.groups;
    if (groups !== undefined) return factsOf(each, groups);
  }
  return { status: 'unknown', reason: `no generation wrote a path like ${quote(path)}` };
}

function parseCurrentPath(path: string): LegacyPath | undefined {
  try {
    const { marketType, dataNature, symbol, interval, date } = parseCachePath(path.replace(/^data\//, ''));
    const intervals = interval === undefined ? [] : [interval];
    return { status: 'recognised', generations: ['N'], marketType, dataNature, symbol, intervals, date };
  } catch {
    return undefined; // It is no path of the new layout: one of the old ones, or none.
  }
}

function factsOf(layoutFound: Layout, groups: Readonly<Record<string, string | undefined>>): LegacyPath {
  const { generations, lowerCase } = layoutFound;
  const symbolText = (groups.symbol ?? `${groups.base ?? ''}${groups.quote ?? ''}`).toUpperCase();
  const contract = groups.contract?.toUpperCase();
  // The third part of a lost futures name is the interval of a perpetual of USDT, and the contract of a coin one.
  const dated = contract !== undefined && (contract === 'PERP' || /^\d{6}$/.test(contract));
  const name = dated ? `${symbolText}_${contract}` : symbolText;
  if (!isMarketSymbol(name)) return { status: 'unknown', reason: `${quote(name)} is not a symbol` };

  const intervalText = dated ? undefined : (groups.interval ?? groups.contract);
  const intervals = intervalText === undefined ? [] : meanings(intervalText, lowerCase);
  if (intervalText !== undefined && intervals.length === 0) {
    return { status: 'unknown', reason: `${quote(intervalText)} is not an interval` };
  }

  const dateText = dashed(groups.date ?? groups.digits);
  if (dateText !== undefined && !isUtcDay(dateText) && !isUtcMonth(dateText)) {
    return { status: 'unknown', reason: `${quote(dateText)} is not in the calendar` };
  }
  const marketType = layoutFound.market === 'group' ? MARKETS.get(groups.market ?? '') : layoutFound.market;
  const facts = { generations, marketType, dataNature: 'klines', symbol: name, intervals, date: dateText };
  if (intervals.length === 1) return { status: 'recognised', ...facts };
  const reason =
    intervals.length === 0
      ? 'the name holds no interval'
      : `the interval was written in small letters: ${intervals.join(' or ')}`;
  return { status: 'ambiguous', reason, ...facts };
}

/** What an old spelling of an interval can mean: `1M` a month; `1m` a minute, or a month where case was lost. */
function meanings(text: string, lowerCase: boolean): readonly Interval[] {
  if (text === '1M' || text === '1mo') return ['1mo'];
  if (text === '1m' && lowerCase) return ['1m', '1mo'];
  const small = text.toLowerCase();
  return isInterval(small) ? [small] : [];
}

function dashed(text: string | undefined): string | undefined {
  if (text === undefined || text.includes('-')) return text;
  return [text.slice(0, 4), text.slice(4, 6), text.slice(6)].filter((part) => part !== '').join('-');
}
