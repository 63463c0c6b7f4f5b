// Days, months and grids of bars, written anew from the documents: the model shares no rule with the product.
// All instants are epoch milliseconds, UTC; spans are half-open.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface Span {
  readonly start: number;
  readonly end: number;
}

export type ModelInterval =
  '1m' | '3m' | '5m' | '15m' | '30m' | '1h' | '2h' | '4h' | '6h' | '8h' | '12h' | '1d' | '3d' | '1w' | '1mo';

const STEP: Readonly<Record<Exclude<ModelInterval, '1mo'>, number>> = {
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '8h': 8 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '3d': 3 * DAY,
  '1w': 7 * DAY,
};
/** 1970-01-01 was a Thursday: weeks open on Mondays. Bars of three days are counted from 1970-01-02. */
const ANCHOR: Readonly<Partial<Record<ModelInterval, number>>> = { '1w': 4 * DAY, '3d': DAY };

/** The bar of the grid that an instant lies in. */
export function floorBar(interval: ModelInterval, at: number): number {
  if (interval === '1mo') return spanOfName(monthName(at)).start;
  const anchor = ANCHOR[interval] ?? 0;
  return Math.floor((at - anchor) / STEP[interval]) * STEP[interval] + anchor;
}

export function nextBar(interval: ModelInterval, open: number): number {
  return interval === '1mo' ? spanOfName(monthName(open)).end : open + STEP[interval];
}

/** Open times of the grid within a span. */
export function gridWithin(interval: ModelInterval, { start, end }: Span): number[] {
  const opens: number[] = [];
  let open = floorBar(interval, start);
  if (open < start) open = nextBar(interval, open);
  for (; open < end; open = nextBar(interval, open)) opens.push(open);
  return opens;
}

export const dayName = (at: number): string => new Date(at).toISOString().slice(0, 10);
export const monthName = (at: number): string => new Date(at).toISOString().slice(0, 7);

/** The span of `2024-02-10` or `2024-02`. */
export function spanOfName(name: string): Span {
  const [year, month, day] = name.split('-').map(Number) as [number, number, number | undefined];
  if (day !== undefined) return { start: Date.UTC(year, month - 1, day), end: Date.UTC(year, month - 1, day + 1) };
  return { start: Date.UTC(year, month - 1, 1), end: Date.UTC(year, month, 1) };
}

export function daysWithin({ start, end }: Span): string[] {
  const names: string[] = [];
  for (let at = spanOfName(dayName(start)).start; at < end; at += DAY) names.push(dayName(at));
  return names;
}

export function monthsWithin({ start, end }: Span): string[] {
  const names: string[] = [];
  for (let at = start; at < end; at = spanOfName(monthName(at)).end) names.push(monthName(at));
  return names;
}

export const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;
export const within = (at: number, span: Span): boolean => at >= span.start && at < span.end;

/** What is left of spans when others are taken away. */
export function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  let left = [...spans];
  for (const other of others) {
    left = left.flatMap((span) =>
      overlaps(span, other)
        ? [
            { start: span.start, end: Math.min(span.end, other.start) },
            { start: Math.max(span.start, other.end), end: span.end },
          ].filter(({ start, end }) => start < end)
        : [span],
    );
  }
  return left;
}

/** `2024-02-10T05:00` for people. */
export const text = (at: number): string =>
  new Date(at)
    .toISOString()
    .replace(/:00\.000Z$/, '')
    .replace(/T00:00$/, '');
export const spanText = ({ start, end }: Span): string => `${text(start)}..${text(end)}`;
