// `node offline-binance.mjs bars.mjs`: runs a program with Binance's hosts answered by the package's synthetic archive.
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';

const server = await startArchiveServer(createSyntheticArchive());
const { fetch } = globalThis;
const near = {
  'data.binance.vision': server.baseUrl,
  's3-ap-northeast-1.amazonaws.com': server.baseUrl,
  'data-api.binance.vision': server.restUrls.spot,
};
globalThis.fetch = async (input, init) => {
  const { host, pathname, search } = new URL(String(input));
  const { body, status, headers } = await fetch((near[host] ?? `http://${host}`) + pathname + search, init);
  // As an answer of its own: one that tells another address was redirected.
  return new Response(body, { status, headers });
};
await import(new URL(process.argv[2], import.meta.url));
process.exit();
