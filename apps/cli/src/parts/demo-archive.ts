import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';
import type { Hosts } from './hosts.ts';

/** The made-up archive's clock stands still, so that every run shows the same. */
const DEMO_NOW = Date.UTC(2025, 6, 1, 12);
const LISTED = '2024-01-01';

/** Binance's archive, its listing and REST, made up and served on a free loopback port. */
export async function startDemoArchive(): Promise<{ hosts: Hosts; now: () => number; close: () => Promise<void> }> {
  const symbols = [
    ...['BTCUSDT', 'ETHUSDT', 'SOLUSDT'].map((symbol) => ({ symbol, marketType: 'spot', listed: LISTED }) as const),
    { symbol: 'BTCUSDT', marketType: 'um', listed: LISTED },
    { symbol: 'BTCUSD_PERP', marketType: 'cm', listed: LISTED },
  ] as const;
  const server = await startArchiveServer(
    createSyntheticArchive({
      symbols,
      now: DEMO_NOW,
      irregularities: [
        { name: 'outage', marketType: 'spot', start: '2025-06-25T02:10:00Z', end: '2025-06-25T05:40:00Z' },
        { name: 'missing-file', marketType: 'spot', symbol: 'BTCUSDT', interval: '1m', date: '2025-06-12' },
      ],
    }),
  );
  return {
    hosts: {
      archive: { baseUrl: server.baseUrl, listingUrl: server.listingUrl },
      rest: { baseUrls: server.restUrls },
    },
    now: () => DEMO_NOW,
    close: () => server.close(),
  };
}
