import { epochMicroseconds, spanOf, type TimeInput, type UtcDay, utcDay } from '@vision-cache/cache-keys';
import type { RememberedSymbol, SymbolFacts, SymbolLife } from '../contract/universe.ts';
import { PAUSE } from '../publication/pauses.ts';

const DAY = 86_400_000_000n;
/** A day's archive comes hours later, and now and then days. */
const LATE = 7n * DAY;
/** From then on a symbol is not asked for again. */
const GONE = 30n * DAY;

/** Stretches of days, days, or months, in order, as stretches without a pause of trading. */
export function joinLives(parts: readonly SymbolLife[]): SymbolLife[] {
  const lives: { first: UtcDay; last: UtcDay }[] = [];
  for (const { first, last } of parts) {
    const before = lives.at(-1);
    if (before === undefined || spanOf(first).start - spanOf(before.last).end >= PAUSE) lives.push({ first, last });
    else if (last > before.last) before.last = last;
  }
  return lives;
}

/** A published day or month as the days that it holds. */
export function lifeOfDate(date: string): SymbolLife {
  const { start, end } = spanOf(date);
  return { first: utcDay(start), last: utcDay(end - 1n) };
}

/** What is known of a symbol; undefined if nothing of it is published. */
export function symbolFacts(symbol: string, lives: readonly SymbolLife[], askedAt: bigint): SymbolFacts | undefined {
  const [first, last] = [lives[0]?.first, lives.at(-1)?.last];
  if (first === undefined || last === undefined) return undefined;
  return { symbol, first, last, delisted: spanOf(last).end + LATE < askedAt, lives };
}

/** Whether a symbol had long ended when it was asked for: then its days change no more. */
export const isGone = ({ last }: SymbolLife, askedAt: bigint): boolean => spanOf(last).end + GONE < askedAt;

/** Those that were traded on the UTC day of an instant. */
export function tradedAt(symbols: readonly SymbolFacts[], date: TimeInput): SymbolFacts[] {
  const day = utcDay(epochMicroseconds(date));
  return symbols.filter(({ lives }) => lives.some(({ first, last }) => first <= day && day <= last));
}

/** What is remembered, as far as it is days. */
export function rememberedLives({ lives = [] }: RememberedSymbol): readonly SymbolLife[] {
  return lives;
}
