// A key names the same data here and in Binance's archive, both ways; what is not published is refused.
import {
  cacheKey,
  cachePath,
  isCacheKeyError,
  keysBetween,
  parseVisionObjectKey,
  visionObjectKey,
  visionUrl,
} from '@vision-cache/cache-keys';
import { DateTime } from 'luxon';

const key = cacheKey({ marketType: 'um', symbol: '币安人生USDT', interval: '1h', date: '2025-10-08' });
console.log(visionObjectKey(key));
// data/futures/um/daily/klines/币安人生USDT/1h/币安人生USDT-1h-2025-10-08.zip
console.log(visionUrl(visionObjectKey(key)));
// https://data.binance.vision/data/futures/um/daily/klines/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT/1h/…
console.log(cachePath(parseVisionObjectKey(visionObjectKey(key))));
// binance/um/klines/daily/币安人生USDT/1h/2025-10-08.arrow

// The keys of a range, half-open as every range, from text, a Date, luxon's DateTime or epoch milliseconds.
const keys = keysBetween({ symbol: 'BTCUSDT', interval: '1d', start: '2024-02-28', end: DateTime.utc(2024, 3, 2) });
console.log(keys.map(({ date }) => date).join(' '));
// 2024-02-28 2024-02-29 2024-03-01

try {
  // @ts-expect-error the compiler knows: seconds are published of spot only
  cacheKey({ marketType: 'um', symbol: 'BTCUSDT', interval: '1s', date: '2024-01-01' });
} catch (error) {
  if (isCacheKeyError(error)) console.log(error.code, error.message);
  // E_KEY_INTERVAL um klines: "1s" is not an interval, one of 1m, 3m, …
}
