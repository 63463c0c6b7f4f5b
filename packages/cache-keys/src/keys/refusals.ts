import { type Dataset, PACKAGING_FREQUENCIES, type PackagingFrequency } from '../datasets/dataset.ts';
import { CacheKeyError, quote } from '../contract/errors.ts';
import { likelyInterval } from '../time/likely-interval.ts';

/** Words that other software uses for Binance's markets, and ours. */
const MARKET_HINTS: ReadonlyMap<string, string> = new Map([
  ['futures', 'um (USD-margined) or cm (coin-margined)'],
  ['usdt', 'um'],
  ['coin', 'cm'],
  ['futures_um', 'um'],
  ['futures_cm', 'cm'],
  ['futures_usdt', 'um'],
  ['futures_coin', 'cm'],
  ['futures/um', 'um'],
  ['futures/cm', 'cm'],
]);

/** Says which of the three names no dataset has, and which there are. */
export function refuseDataset(
  datasets: readonly Dataset[],
  exchange: unknown,
  marketType: unknown,
  dataNature: unknown,
): never {
  const ofExchange = datasets.filter((each) => each.exchange === exchange);
  if (ofExchange.length === 0) {
    const allowed = [...new Set(datasets.map((each) => each.exchange))];
    throw new CacheKeyError(
      'E_KEY_EXCHANGE',
      `${quote(exchange)} is not a known exchange: ${allowed.join(', ')}. To use it, make a catalog with its datasets and pass that to the cache and to the manager.`,
      {
        received: exchange,
        allowed,
      },
    );
  }
  const ofMarket = ofExchange.filter((each) => each.marketType === marketType);
  if (ofMarket.length === 0) {
    const allowed = [...new Set(ofExchange.map((each) => each.marketType))];
    const hint = typeof marketType === 'string' ? MARKET_HINTS.get(marketType.toLowerCase()) : undefined;
    throw new CacheKeyError(
      'E_KEY_MARKET_TYPE',
      `${quote(marketType)} is not a market type of ${String(exchange)}: ` +
        `${hint === undefined ? allowed.join(', ') : `use ${hint}`}.`,
      { received: marketType, allowed },
    );
  }
  const allowed = ofMarket.map((each) => each.dataNature);
  throw new CacheKeyError(
    'E_KEY_DATA_NATURE',
    `${String(exchange)} ${String(marketType)} publishes no ${quote(dataNature)}: ${allowed.join(', ')}.`,
    { received: dataNature, allowed },
  );
}

/** Says that the interval is kept at the other frequency, or that the dataset has no such interval. */
export function refuseInterval(of: Dataset, frequency: PackagingFrequency | undefined, interval: unknown): never {
  const name = `${of.marketType} ${of.dataNature}`;
  const elsewhere = PACKAGING_FREQUENCIES.filter((each) =>
    (of.published[each] as readonly unknown[]).includes(interval),
  );
  if (elsewhere.length > 0) {
    const what = interval === undefined ? name : `${name} of ${quote(interval)}`;
    throw new CacheKeyError(
      'E_KEY_PACKAGING_FREQUENCY',
      `${what} is not kept ${String(frequency)}: use packagingFrequency ${elsewhere.join(' or ')}.`,
      { received: frequency, allowed: elsewhere },
    );
  }
  const allowed = [...new Set(PACKAGING_FREQUENCIES.flatMap((each) => of.published[each]))].filter(
    (each) => each !== undefined,
  );
  const details = { received: interval, allowed };
  if (allowed.length === 0) {
    throw new CacheKeyError('E_KEY_INTERVAL', `${name} has no interval: leave ${quote(interval)} out.`, details);
  }
  const what = interval === undefined ? 'an interval is needed' : `${quote(interval)} is not an interval`;
  const suggestion = likelyInterval(interval, allowed);
  const hint = suggestion === undefined ? '' : `; did you mean ${quote(suggestion)}?`;
  throw new CacheKeyError(
    'E_KEY_INTERVAL',
    `${name}: ${what}, one of ${allowed.join(', ')}${hint === '' ? '.' : hint}`,
    {
      ...details,
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  );
}

export function refuseFrequency(value: unknown): never {
  throw new CacheKeyError(
    'E_KEY_PACKAGING_FREQUENCY',
    `${quote(value)} is not a packaging frequency: ${PACKAGING_FREQUENCIES.join(' or ')}.`,
    { received: value, allowed: PACKAGING_FREQUENCIES },
  );
}
