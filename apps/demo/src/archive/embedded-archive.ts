import { type Interval, INTERVALS as INTERVALS_OF_ALL } from '@vision-cache/cache-keys';
import {
  type ArchiveServer,
  createSyntheticArchive,
  type Irregularity,
  startArchiveServer,
} from '@vision-cache/vision-client/testing';

/** The embedded archive's clock stands still, so that every start shows the same. */
export const EMBEDDED_NOW = Date.UTC(2025, 6, 1, 12);
/** Before it nothing was traded in the embedded archive. */
export const EMBEDDED_FIRST = Date.UTC(2023, 0, 1);

const LISTED = '2023-01-01T08:00:00Z';
/** What is wrong with the real archive, once each, where the demo begins. */
const IRREGULARITIES: readonly Irregularity[] = [
  // The real one of that day; every market of spot stood still.
  { name: 'outage', marketType: 'spot', start: '2023-03-24T12:40:00Z', end: '2023-03-24T14:00:00Z' },
  { name: 'outage', marketType: 'spot', symbol: 'BTCUSDT', start: '2025-06-25T02:10:00Z', end: '2025-06-25T05:40:00Z' },
  { name: 'short-archive', marketType: 'spot', symbol: 'BTCUSDT', interval: '1m', date: '2025-06-17' },
  { name: 'duplicates', marketType: 'spot', symbol: 'BTCUSDT', interval: '1m', date: '2025-06-18' },
  { name: 'missing-file', marketType: 'spot', symbol: 'BTCUSDT', interval: '1m', date: '2025-06-12' },
  { name: 'wrong-checksum', marketType: 'spot', symbol: 'ETHUSDT', interval: '1m', date: '2025-06-05' },
];

export const EMBEDDED_SYMBOLS = { spot: ['BTCUSDT', 'ETHUSDT'], um: ['BTCUSDT'], cm: ['BTCUSD_PERP'] } as const;

/** Years of seconds would be made before the first listing of them is answered. */
export const EMBEDDED_WITHOUT: readonly Interval[] = ['1s'];
const INTERVALS = INTERVALS_OF_ALL.filter((interval) => !EMBEDDED_WITHOUT.includes(interval));

/** Binance's archive, its listing and REST klines, made up and served on a free loopback port. */
export function startEmbeddedArchive(): Promise<ArchiveServer> {
  const archive = createSyntheticArchive({
    symbols: Object.entries(EMBEDDED_SYMBOLS).flatMap(([marketType, symbols]) =>
      symbols.map((symbol) => ({
        symbol,
        marketType: marketType as keyof typeof EMBEDDED_SYMBOLS,
        listed: LISTED,
        intervals: INTERVALS,
      })),
    ),
    now: EMBEDDED_NOW,
    // The newest days come from REST alone, as on a real morning.
    publishedUntil: '2025-06-30T00:00:00Z',
    irregularities: IRREGULARITIES,
  });
  return startArchiveServer(archive);
}
