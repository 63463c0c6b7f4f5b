import { bytesText } from '@vision-cache/migrator/units';
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CACHE_TAG, HIDDEN_FOLDER, HIDDEN_FOLDERS } from '@vision-cache/arrow-store';
import { BINANCE, VISION_BASE_URL } from '@vision-cache/cache-keys';
import type { Composition } from '../parts/compose.ts';
import { proxyOf } from '../parts/hosts.ts';
import type { Io } from '../contract/io.ts';
import { pathToShow } from '../text/path-to-show.ts';
import { codeOf } from '../text/tell-error.ts';

export interface Check {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly message: string;
}

const LITTLE_BYTES = 1024 ** 3;
/** Binance refuses what is more than a second off; a bar's end is judged by this clock, too. */
const CLOCK_MS = 5_000;

/** Every check in order, each as soon as it is known. */
export async function* checks(parts: Composition, io: Io, signal: AbortSignal): AsyncGenerator<Check> {
  yield nodeCheck();
  yield folderCheck(parts.cache.root);
  yield diskCheck(parts.cache.root);
  yield formatCheck(parts);
  yield foreignCheck(parts.cache.root);
  yield leaseCheck(parts.cache.root);
  const proxy = proxyOf(io.environment);
  yield {
    check: 'proxy',
    status: 'ok',
    message: proxy === undefined ? 'none is set (HTTPS_PROXY)' : `${withoutSecret(proxy)} is used`,
  };
  yield* hostChecks(parts, proxy === undefined, signal);
}

function nodeCheck(): Check {
  return { check: 'node', status: 'ok', message: `${process.version} on ${process.platform} ${process.arch}` };
}

function folderCheck(root: string): Check {
  const check = 'cache';
  let folder = root;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const status = codeOf(error) === 'EROFS' ? 'warning' : 'failed';
    return { check, status, message: `${pathToShow(folder)} cannot be written (${codeOf(error) ?? 'unknown'})` };
  }
  if (!statSync(folder).isDirectory())
    return { check, status: 'failed', message: `${pathToShow(folder)} is not a folder` };
  return {
    check,
    status: 'ok',
    message: folder === root ? pathToShow(root) : `${pathToShow(root)} does not exist yet; it can be made`,
  };
}

function diskCheck(root: string): Check {
  let folder = root;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize, ffree, files } = statfsSync(folder);
  const free = bavail * bsize;
  const few = files > 0 && ffree < 10_000;
  const message = `${bytesText(free)} and ${files === 0 ? 'any number of' : ffree.toLocaleString('en-US')} files are free`;
  return { check: 'disk', status: free < LITTLE_BYTES || few ? 'warning' : 'ok', message };
}

function formatCheck({ cache, catalog: { monthly } }: Composition): Check {
  if (!existsSync(cache.root)) return { check: 'format', status: 'ok', message: 'nothing is cached yet' };
  const kept =
    monthly.length === 0 ? 'everything up to 1d is kept by the day' : `${monthly.join(', ')} are kept by the month`;
  return { check: 'format', status: 'ok', message: `supported by this version; ${kept}` };
}

const OWN = new Set([CACHE_TAG, HIDDEN_FOLDER, ...BINANCE.datasets.map(({ exchange }) => exchange)]);

function foreignCheck(root: string): Check {
  const foreign = existsSync(root) ? readdirSync(root).filter((name) => !OWN.has(name)) : [];
  const some = foreign
    .slice(0, 5)
    .map((name) => pathToShow(name))
    .join(', ');
  return foreign.length === 0
    ? { check: 'files', status: 'ok', message: 'nothing but the cache’s own is in the folder' }
    : {
        check: 'files',
        status: 'warning',
        message: `not files of the cache: ${some}${foreign.length > 5 ? ', …' : ''}; use migrate to move an old cache`,
      };
}

function leaseCheck(root: string): Check {
  const folder = join(root, HIDDEN_FOLDERS.leases);
  const number = existsSync(folder) ? readdirSync(folder).length : 0;
  return {
    check: 'leases',
    status: 'ok',
    message:
      number === 0 ? 'no process is writing' : `${String(number)} are held; sweep removes leases of ended processes`,
  };
}

async function* hostChecks(
  { archive, hosts, now, rest }: Composition,
  isDirect: boolean,
  signal: AbortSignal,
): AsyncGenerator<Check> {
  const url = hosts.archive.baseUrl ?? VISION_BASE_URL;
  yield await reached(
    'listing',
    hosts.archive.listingUrl ?? 'the archive’s listing',
    async (stop) => {
      const names = await archive.names({ marketType: 'spot' }, { signal: stop });
      return `answers (${names.join(', ')})`;
    },
    signal,
  );
  yield await reached(
    'archive',
    url,
    async (stop) => {
      // By the way that fetching takes; whether the archive has this day is no matter.
      await archive.fetch(BINANCE.cacheKey({ symbol: 'BTCUSDT', interval: '1d', date: '2024-01-10' }), {
        signal: stop,
      });
      if (!isDirect) return 'answers';
      const answer = await fetch(url, { method: 'HEAD', signal: stop });
      return clockText(answer.headers.get('date'), now());
    },
    signal,
  );
  if (hosts.rest === undefined || rest === undefined) {
    yield { check: 'rest', status: 'ok', message: 'not asked (--rest-url none)' };
    return;
  }
  const start = BigInt(Math.floor(now() / 86_400_000) * 86_400_000 - 86_400_000) * 1000n;
  for (const [marketType, symbol] of REST_SYMBOLS) {
    const key = BINANCE.cacheKey({ marketType, symbol, interval: '1m', date: start });
    const host = hosts.rest.baseUrls?.[marketType] ?? `REST of ${marketType}`;
    yield await reached(
      `rest ${marketType}`,
      host,
      async (stop) => {
        await rest.fetch(key, { start, end: start + 60_000_000n }, { signal: stop }).catch(unlessRefused);
        return 'answers';
      },
      signal,
    );
  }
}

const REST_SYMBOLS = [
  ['spot', 'BTCUSDT'],
  ['um', 'BTCUSDT'],
  ['cm', 'BTCUSD_PERP'],
] as const;

/** A host that refuses a symbol has answered. */
function unlessRefused(error: unknown): void {
  if (codeOf(error) !== 'E_REST_REFUSED') throw error;
}

class ClockOff extends Error {}

function clockText(date: string | null, now: number): string {
  const off = date === null ? 0 : now - Date.parse(date);
  if (Math.abs(off) > CLOCK_MS)
    throw new ClockOff(`answers, but this machine’s clock differs by ${String(Math.round(off / 1000))} s`);
  return 'answers, and the clocks agree';
}

async function reached(
  check: string,
  host: string,
  ask: (signal: AbortSignal) => Promise<string>,
  signal: AbortSignal,
): Promise<Check> {
  try {
    return {
      check,
      status: 'ok',
      message: `${host} ${await ask(AbortSignal.any([signal, AbortSignal.timeout(15_000)]))}`,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ClockOff) return { check: 'clock', status: 'warning', message: `${host} ${error.message}` };
    const cause = error instanceof Error ? error.message : String(error);
    return { check, status: 'failed', message: `${host} failed: ${codeOf(error) ?? 'E_UNEXPECTED'}: ${cause}` };
  }
}

const withoutSecret = (proxy: string): string => {
  if (!URL.canParse(proxy)) return 'a proxy';
  const url = new URL(proxy);
  return `${url.protocol}//${url.host}`;
};
