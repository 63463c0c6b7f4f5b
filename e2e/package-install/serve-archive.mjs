// Serves the package's synthetic archive for the command, tells the environment that leads there, and ends with its stdin.
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';

const now = '2024-01-03T12:00Z';
const server = await startArchiveServer(createSyntheticArchive({ symbols: ['BTCUSDT'], now }));
const environment = {
  VISION_CACHE_ARCHIVE_URL: server.baseUrl,
  VISION_CACHE_LISTING_URL: server.listingUrl,
  VISION_CACHE_REST_URL: server.restUrls.spot,
  VISION_CACHE_NOW: now,
};
console.log(JSON.stringify(environment));
process.stdin.resume().on('end', () => process.exit());
