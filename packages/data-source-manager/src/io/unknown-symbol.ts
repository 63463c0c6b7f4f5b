/** Binance's codes for a name that it does not know, and for one that is not traded any more (um and cm). */
const UNKNOWN: ReadonlySet<unknown> = new Set([-1121, -1122]);

/**
 * What a source says that knows no such symbol, or undefined if it failed for another reason. Binance refuses such a
 * request, and asking again is no use: that is an answer, and no failure. Seen by `details.binanceCode`, as the REST
 * client of `@vision-cache/vision-client` throws it; a source of one's own answers `missing`.
 */
export function unknownSymbol(error: unknown): string | undefined {
  const { details } = (typeof error === 'object' && error !== null ? error : {}) as { details?: unknown };
  const { binanceCode } = (typeof details === 'object' && details !== null ? details : {}) as { binanceCode?: unknown };
  return UNKNOWN.has(binanceCode) ? `it does not know this symbol (${String(binanceCode)})` : undefined;
}
