import { UnifiedCacheManager, type UnifiedCacheManagerOptions } from '@vision-cache/arrow-store';
import { BINANCE, type Catalog } from '@vision-cache/cache-keys';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient, type VisionDataClientOptions } from '@vision-cache/vision-client';
import { BinanceRestClient, BinanceTailClient } from '@vision-cache/vision-client/rest';
import {
  type ArchiveServer,
  createSyntheticArchive,
  startArchiveServer,
  type SyntheticArchiveOptions,
} from '@vision-cache/vision-client/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SetupOptions {
  readonly archive?: SyntheticArchiveOptions;
  /** @default 2024-03-20T12:30Z */
  readonly now?: string;
  /** @default BINANCE */
  readonly catalog?: Catalog;
  readonly cache?: Partial<UnifiedCacheManagerOptions>;
  readonly vision?: VisionDataClientOptions;
  readonly sources?: 'both' | 'vision' | 'rest' | 'none';
  /** Whether REST is asked for trades, funding rates and metrics as well. @default false */
  readonly tails?: boolean | { readonly maxPages: number };
  /** A cache that is there already; it is not removed. */
  readonly root?: string;
  /** A server that is there already; it is not closed. */
  readonly server?: ArchiveServer;
}

/** Listed not long ago, so that a listing of everything is short. */
const SYMBOLS = [
  { symbol: 'BTCUSDT', listed: '2023-10-01' },
  { symbol: 'ETHUSDT', listed: '2023-10-01' },
  { symbol: 'BNBUSDT', listed: '2023-10-01' },
  { symbol: 'BTCUSDT', marketType: 'um', listed: '2023-10-01' },
  { symbol: 'BTCUSD_PERP', marketType: 'cm', listed: '2023-10-01' },
] as const;

/** The whole setup, wired as a user would, over the synthetic archive on loopback and a folder of its own. */
export async function openSetup(options: SetupOptions = {}) {
  const { sources: which = 'both', catalog = BINANCE, tails = false } = options;
  const clock = { at: Date.parse(options.now ?? '2024-03-20T12:30:00Z') };
  const now = (): number => clock.at;
  const server =
    options.server ?? (await startArchiveServer(createSyntheticArchive({ now, symbols: SYMBOLS, ...options.archive })));
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'vision-cache-e2e-'));
  const http = { retry: { attempts: 1 }, now };
  const cache = new UnifiedCacheManager({ root, now, catalog, durability: 'none', ...options.cache });
  const vision = new VisionDataClient({
    baseUrl: server.baseUrl,
    listingUrl: server.listingUrl,
    ...http,
    ...options.vision,
  });
  const rest = new BinanceRestClient({ baseUrls: server.restUrls, ...http });
  const sources = [
    ...(which === 'both' || which === 'vision' ? [vision] : []),
    ...(which === 'both' || which === 'rest' ? [rest] : []),
    ...(tails === false
      ? []
      : [new BinanceTailClient({ baseUrls: server.restUrls, ...http, ...(tails === true ? {} : tails) })]),
  ];
  return {
    clock,
    server,
    archive: server.archive,
    root,
    cache,
    vision,
    rest,
    manager: new DataSourceManager({ cache, sources, now, catalog }),
    /** Requests of the server so far, by what was asked for. */
    requests: () => ({
      zips: server.requests.filter(({ path }) => path.endsWith('.zip')).length,
      checksums: server.count('.CHECKSUM'),
      rest: server.count('/klines?'),
      listings: server.count('prefix='),
    }),
    async close(): Promise<void> {
      if (options.server === undefined) await server.close();
      if (options.root === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
}

export type Setup = Awaited<ReturnType<typeof openSetup>>;
