import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { type CacheKey, cachePath } from '@vision-cache/cache-keys';
import {
  createSyntheticArchive,
  startArchiveServer,
  type SyntheticArchiveOptions,
} from '@vision-cache/vision-client/testing';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NOW = '2024-02-10T12:00Z';
const makeFolder = () => mkdtemp(join(tmpdir(), 'vision-cache-example-'));

/**
 * Binance's archive and REST as the examples see them, made up and on this machine, with a folder for a cache; so that
 * they run anywhere and always print the same. Against the real ones: `new VisionDataClient()`, without options.
 */
export async function startOfflineArchive(options: SyntheticArchiveOptions = {}) {
  const server = await startArchiveServer(createSyntheticArchive({ now: NOW, ...options }));
  const root = await makeFolder();
  return {
    root,
    vision: { baseUrl: server.baseUrl, listingUrl: server.listingUrl },
    rest: { baseUrls: server.restUrls },
    now: () => Number(server.archive.now() / 1000n),
    async close() {
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A cache with one entry, served over HTTP. */
export async function startFileServer(key: CacheKey) {
  const archive = createSyntheticArchive({ now: NOW });
  const root = await makeFolder();
  await new UnifiedCacheManager({ root }).save(key, archive.rows(key), { source: 'vision', asOf: NOW });
  const server = createServer((_request, response) => {
    void readFile(join(root, cachePath(key))).then((bytes) => response.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
