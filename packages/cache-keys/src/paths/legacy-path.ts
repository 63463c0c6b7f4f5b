import type { CacheKey } from '../keys/cache-key.ts';

/**
 * The old path of an entry, `SYMBOL/INTERVAL/YYYY-MM-DD.arrow`. It names no market, so it belongs to Binance's spot
 * klines and to nothing else: every other key has none. A month's bar lay under its first day, in a folder `1M`.
 */
export function legacyCachePath(key: CacheKey): string | undefined {
  if (key.exchange !== 'binance' || key.marketType !== 'spot' || key.dataNature !== 'klines') return undefined;
  if (key.packagingFrequency === 'daily') return `${key.symbol}/${key.interval}/${key.date}.arrow`;
  return key.interval === '1mo' ? `${key.symbol}/1M/${key.date}-01.arrow` : undefined;
}
