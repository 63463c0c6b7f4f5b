// What a file of the cache is called: the roadmap's function with its defaults, and with each of its four parameters.
import { CacheKeyManager, legacyCachePath } from '@vision-cache/cache-keys';

const { getCachePath, parseCachePath } = CacheKeyManager;

// binance, spot, klines and daily are the defaults.
const path = getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01');
console.log(path);
// cache/binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow

// exchange
console.log(getCachePath('cache', 'BTCUSDT', '1m', '2024-01-01', 'binance'));
// cache/binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow

// market type: spot, um (USD-margined futures), cm (coin-margined), option
console.log(getCachePath('cache', 'BTCUSD_PERP', '1m', '2024-01-01', 'binance', 'cm'));
// cache/binance/cm/klines/daily/BTCUSD_PERP/1m/2024-01-01.arrow

// data nature; trades have no interval
console.log(getCachePath('cache', 'BTCUSDT', undefined, '2024-01-01', 'binance', 'spot', 'trades'));
// cache/binance/spot/trades/daily/BTCUSDT/2024-01-01.arrow

// packaging frequency: bars longer than a day are kept by the month
console.log(getCachePath('cache', 'BTCUSDT', '1w', '2024-01-01', 'binance', 'spot', 'klines', 'monthly'));
// cache/binance/spot/klines/monthly/BTCUSDT/1w/2024-01.arrow

// And back. The old path, where this data had one, is still read.
const key = parseCachePath(path);
console.log(key.marketType, key.symbol, key.interval, key.date);
// spot BTCUSDT 1m 2024-01-01
console.log(legacyCachePath(key));
// BTCUSDT/1m/2024-01-01.arrow
