import {
  type Interval,
  type MarketType,
  isInterval,
  isMarketSymbol,
  isUtcDay,
  isUtcMonth,
} from '@vision-cache/cache-keys';
import { MigratorError } from '../contract/migrator-error.ts';
import { escapeTerminal } from '../contract/escape-terminal.ts';

/** What a path of the user's own layout tells. */
export interface TemplateFacts {
  readonly marketType: MarketType | undefined;
  readonly symbol: string;
  readonly intervals: readonly Interval[];
  readonly date: string | undefined;
}

/** The words that a template may hold, and what each stands for. */
const WORDS: Readonly<Record<string, string>> = {
  market: '(?<market>[^/]+?)',
  symbol: '(?<symbol>[^/]+?)',
  interval: '(?<interval>[0-9]+(?:[smhdwMHDW]|mo))',
  date: '(?<date>\\d{4}-\\d{2}-\\d{2})',
  month: '(?<month>\\d{4}-\\d{2})',
  YYYY: '(?<year>\\d{4})',
  MM: '(?<monthOfYear>\\d{2})',
  DD: '(?<dayOfMonth>\\d{2})',
  YYYYMMDD: '(?<day>\\d{8})',
  YYYYMM: '(?<yearMonth>\\d{6})',
  any: '[^/]*',
};

const MARKETS: Readonly<Record<string, MarketType>> = {
  spot: 'spot',
  um: 'um',
  cm: 'cm',
  futures_um: 'um',
  futures_cm: 'cm',
  usdt: 'um',
  coin: 'cm',
  usdm: 'um',
  'usd-m': 'um',
  'usdt-m': 'um',
  coinm: 'cm',
  'coin-m': 'cm',
};

/**
 * Reads a template such as `{market}/{symbol}/{interval}/{date}.feather`: how a customised old tree names its files.
 * @throws {MigratorError} `E_USAGE` if it is none
 */
export function parseTemplate(template: string): (path: string) => TemplateFacts | undefined {
  const seen = new Set<string>();
  const pattern = template.replaceAll(/\{(\w+)\}|[^{]+|\{/g, (piece: string, word: string | undefined) => {
    if (word === undefined) {
      if (piece === '{') throw usage(template, 'a "{" in it does not close');
      return piece.replaceAll(/[.*+?^$()|[\]\\{}]/g, String.raw`\$&`);
    }
    const expression = WORDS[word];
    if (expression === undefined) throw usage(template, `{${word}} is not a placeholder`);
    if (seen.has(word) && word !== 'any') return `\\k<${/<(\w+)>/.exec(expression)![1]!}>`;
    seen.add(word);
    return expression;
  });
  if (!seen.has('symbol')) throw usage(template, 'it has no {symbol}');
  const expression = new RegExp(`^${pattern}$`);
  return (path) => {
    const groups = expression.exec(path)?.groups;
    return groups === undefined ? undefined : factsOf(groups);
  };
}

function factsOf(groups: Readonly<Record<string, string | undefined>>): TemplateFacts | undefined {
  const symbol = (groups['symbol'] ?? '').normalize('NFC').toUpperCase();
  if (!isMarketSymbol(symbol)) return undefined;
  const market = groups['market'];
  const marketType = market === undefined ? undefined : MARKETS[market.toLowerCase()];
  if (market !== undefined && marketType === undefined) return undefined;
  const interval = groups['interval'] === '1M' ? '1mo' : groups['interval']?.toLowerCase();
  if (interval !== undefined && !isInterval(interval)) return undefined;
  const { day, yearMonth, year, monthOfYear, dayOfMonth } = groups;
  const parts = [year, monthOfYear, dayOfMonth].filter((part) => part !== undefined);
  const date =
    groups['date'] ??
    groups['month'] ??
    (day === undefined ? undefined : `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`) ??
    (yearMonth === undefined ? undefined : `${yearMonth.slice(0, 4)}-${yearMonth.slice(4)}`) ??
    (year === undefined || monthOfYear === undefined ? undefined : parts.join('-'));
  if (date !== undefined && !isUtcDay(date) && !isUtcMonth(date)) return undefined;
  return { marketType, symbol, intervals: interval === undefined ? [] : [interval], date };
}

function usage(template: string, why: string): MigratorError {
  const words = Object.keys(WORDS).map((word) => `{${word}}`);
  return new MigratorError(
    'E_USAGE',
    `--layout ${escapeTerminal(template)} is not a template: ${why}; placeholders are ${words.join(' ')}.`,
    {
      option: '--layout',
    },
  );
}
