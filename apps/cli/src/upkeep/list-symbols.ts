import type { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { type Interval, type MarketType, spanOf, utcDay } from '@vision-cache/cache-keys';
import type { VisionDataClient } from '@vision-cache/vision-client';
import { concurrently } from '../sync/concurrently.ts';

/** The days on which a symbol was traded, without a break. */
export interface Life {
  readonly first: string;
  readonly last: string;
}

export interface SymbolRow extends Life {
  readonly symbol: string;
  /** Whether its days have ended while others went on. */
  readonly delisted: boolean;
  /** More than one where it was listed again. */
  readonly lives: readonly Life[];
}

export interface SymbolsAsked {
  readonly marketType: MarketType;
  readonly dataNature: string;
  readonly packagingFrequency: 'daily' | 'monthly';
  readonly interval: Interval | undefined;
  readonly signal: AbortSignal;
  readonly now: number;
}

const DAY = 86_400_000_000n;
/** Days that are missing now and then are the publisher's; a month and more without any is a pause of trading. */
const PAUSE = 30n * DAY;
/** A day's archive comes hours later, and now and then days. */
const LATE = 7n * DAY;

/**
 * Every symbol that the archive has, with its days. A list that was kept before spares the requests for symbols that had
 * ended by then.
 */
export async function* listSymbols(
  cache: UnifiedCacheManager,
  archive: VisionDataClient,
  asked: SymbolsAsked,
): AsyncGenerator<SymbolRow> {
  const { marketType, dataNature, packagingFrequency, interval, signal, now } = asked;
  const folder = { exchange: 'binance', marketType, dataNature, packagingFrequency };
  const kept = await cache.symbols(folder).catch(() => undefined);
  const ended = new Map<string, readonly Life[]>();
  for (const { symbol, lives = [] } of kept?.symbols ?? []) {
    const last = lives.at(-1)?.last;
    if (kept !== undefined && last !== undefined && spanOf(last).end + PAUSE < kept.askedAt) ended.set(symbol, lives);
  }
  const names = await archive.names({ marketType, packagingFrequency, dataNature }, { signal });
  const found = new Map<string, readonly Life[]>();
  const livesOf = async (symbol: string) => {
    const known = ended.get(symbol);
    if (known !== undefined) return { symbol, lives: known };
    const series = { marketType, dataNature, packagingFrequency, symbol, interval };
    const { files } = await archive.availability(series, { signal });
    return { symbol, lives: joined(files.map(({ key }) => key.date)) };
  };
  for await (const { symbol, lives } of concurrently(names, 8, livesOf)) found.set(symbol, lives);
  const askedAt = BigInt(now) * 1000n;
  const symbols = names.map((symbol) => ({ symbol, lives: found.get(symbol)! }));
  // Where it cannot be kept, it is asked for again the next time.
  await cache.saveSymbols(folder, { source: archive.name, askedAt, symbols }).catch(() => undefined);
  for (const { symbol, lives } of symbols) {
    const [first, last] = [lives[0], lives.at(-1)];
    if (first === undefined || last === undefined) continue;
    yield { symbol, first: first.first, last: last.last, delisted: spanOf(last.last).end + LATE < askedAt, lives };
  }
}

/** Days, or the first and last days of months, in order, as stretches without a pause. */
function joined(dates: readonly string[]): Life[] {
  const lives: { first: string; last: string }[] = [];
  for (const date of dates) {
    const { start, end } = spanOf(date);
    const before = lives.at(-1);
    if (before !== undefined && start - spanOf(before.last).end < PAUSE) before.last = utcDay(end - 1n);
    else lives.push({ first: utcDay(start), last: utcDay(end - 1n) });
  }
  return lives;
}
