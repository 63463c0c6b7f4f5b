import { VISION_LISTING_URL } from '@vision-cache/vision-client';
import { type AddressInfo, createServer } from 'node:net';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeAccount } from './account/write-account.ts';
import type { Setup } from './api.ts';
import { seriesKeys } from './bars/series-keys.ts';
import { compose, type Composition } from './compose.ts';
import {
  EMBEDDED_FIRST,
  EMBEDDED_WITHOUT,
  EMBEDDED_NOW,
  EMBEDDED_SYMBOLS,
  startEmbeddedArchive,
} from './embedded-archive.ts';
import { LIVE_SYMBOLS, marketsWith } from './markets.ts';
import type { MigratorPort } from './migrator-port.ts';
import { DEFAULT_PORT, type DemoOptions, HELP, parseOptions } from './options.ts';
import { newestSeries } from './newest-series.ts';
import { AccountBook } from './server/account-book.ts';
import { countedFetch } from './server/counted-fetch.ts';
import { demoDesk } from './server/demo-desk.ts';
import { EntryBook } from './server/entry-book.ts';
import { EventHub } from './server/event-hub.ts';
import { FetchJobs } from './server/fetch-jobs.ts';
import { tokenFor } from './server/guard.ts';
import { MigrationDesk } from './server/migration-desk.ts';
import { readPageFiles } from './server/page-files.ts';
import { RefusedError, refusalOf, sentenceOf } from './server/refused.ts';
import { demoServer } from './server/server.ts';

export interface DemoSurroundings {
  /** Where the built page lies. */
  readonly pageFolder: string;
  readonly migrator: MigratorPort;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One line of the account. */
  readonly tell: (line: string) => void;
  /** One sentence about what went wrong. */
  readonly complain: (sentence: string) => void;
  /** Ends the demo. */
  readonly signal: AbortSignal;
  /** Told once the page can be opened. */
  onReady?(url: string): void;
}

const DAY = 86_400_000;
/** What the page shows first. */
const FIRST_VIEW_DAYS = 12;

/**
 * Runs the demo until it has told its account (`--once`) or is stopped.
 * @returns the exit code: 0, or 1 when something could not be had, or 2 when the command line cannot be meant so
 */
export async function runDemo(args: readonly string[], surroundings: DemoSurroundings): Promise<number> {
  const parsed = parseOptions(args);
  if ('help' in parsed) {
    surroundings.tell(HELP);
    return 0;
  }
  if ('wrong' in parsed) {
    surroundings.complain(parsed.wrong);
    return 2;
  }
  const closing: (() => unknown)[] = [];
  try {
    return await run(parsed.run, surroundings, (close) => void closing.push(close));
  } catch (error) {
    if (surroundings.signal.aborted) return 0;
    surroundings.complain(refusalOf(error).code === 'E_UNEXPECTED' ? systemSentence(error) : sentenceOf(error));
    return 1;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function run(
  options: DemoOptions,
  surroundings: DemoSurroundings,
  finallyDo: (close: () => unknown) => void,
): Promise<number> {
  const { migrator, environment, pageFolder, signal, tell, complain } = surroundings;
  const files = options.once ? undefined : await readPageFiles(pageFolder);
  if (files !== undefined && options.port !== 0 && options.port !== DEFAULT_PORT) await assertFree(options);
  const mode: Setup['mode'] = options.live ? 'live' : options.cache === undefined ? 'embedded' : 'offline';

  const hub = new EventHub();
  const account = new AccountBook(hub);
  finallyDo(() => account.close());
  const isTemporary = mode === 'embedded';
  const root = isTemporary
    ? await mkdtemp(join(tmpdir(), 'vision-cache-demo-'))
    : resolve(options.cache ?? defaultRoot(environment));
  if (isTemporary) finallyDo(() => rm(root, { recursive: true, force: true }));
  const embedded = mode === 'embedded' ? await startEmbeddedArchive() : undefined;
  if (embedded !== undefined) finallyDo(() => embedded.close());

  const now = embedded === undefined ? Date.now : () => EMBEDDED_NOW;
  const ask = (source: 'vision' | 'rest') =>
    countedFetch((request) =>
      account.requested(source === 'vision' && request.url.search !== '' ? 'listing' : source, request),
    );
  const { archive, cache, manager } = compose({
    root,
    now,
    vision: {
      fetch: ask('vision'),
      ...(embedded === undefined ? {} : { baseUrl: embedded.baseUrl, listingUrl: embedded.listingUrl }),
    },
    rest: { fetch: ask('rest'), now, ...(embedded === undefined ? {} : { baseUrls: embedded.restUrls }) },
  });
  const migration = new MigrationDesk({ migrator, root, hub, archive: embedded?.archive });

  const newest = mode === 'offline' ? await newestOf(root) : undefined;
  const start = newest ?? startOf(mode, now());
  if (mode === 'live') tell("Asking Binance's archive what it has…");
  const notice = mode === 'live' ? await unreachable(archive, start, root, signal) : undefined;
  if (notice === undefined) {
    const archiveUrl = embedded?.baseUrl;
    await writeAccount({ mode, root, archiveUrl, start, archive, cache, manager, account, migration, tell, signal });
  } else {
    complain(notice);
  }
  if (options.once || files === undefined) return notice === undefined ? 0 : 1;

  const isEmpty = mode === 'offline' && newest === undefined;
  const entries = new EntryBook(cache, account, now);
  const jobs = new FetchJobs(hub);
  const setup: Setup = {
    mode,
    cache: root,
    markets: mode === 'embedded' ? marketsWith(EMBEDDED_SYMBOLS, EMBEDDED_WITHOUT) : marketsWith(LIVE_SYMBOLS),
    start: { ...start, from: Math.max(start.from, start.to - FIRST_VIEW_DAYS * DAY) },
    first: mode === 'embedded' ? EMBEDDED_FIRST : Date.UTC(2017, 7, 17),
    get last() {
      return now();
    },
    ...(notice === undefined && isEmpty ? { notice: nothingToRead(root) } : {}),
    ...(notice === undefined ? {} : { notice }),
    hasOldCache: true,
    hasSample: mode === 'embedded',
  };
  const token = tokenFor(options.host);
  const desk = demoDesk({ setup, manager, entries, account, jobs, hub, migrate: (step) => migration.run(step) });
  const server = demoServer({
    desk,
    hub,
    files,
    guard: { host: options.host, token },
    onUnexpected: (error) => surroundings.complain(String(error instanceof Error ? error.stack : error)),
  });
  finallyDo(() => server.close());
  finallyDo(() => jobs.close());
  await listen(server, options);
  const { port } = server.server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const url = `http://${host}:${String(port)}/${token === undefined ? '' : `?token=${token}`}`;
  tell(`\nThe page: ${url}   (Ctrl-C ends it)`);
  surroundings.onReady?.(url);
  await new Promise<void>((end) => {
    if (signal.aborted) end();
    signal.addEventListener('abort', () => end(), { once: true });
  });
  return 0;
}

/**
 * Asks the archive for one page of its listing, so that a host that cannot be reached is told before anything is
 * written, in the log and on the page.
 * @returns what is to be said; undefined where all is well
 */
async function unreachable(
  archive: Composition['archive'],
  start: Setup['start'],
  root: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await archive.list(seriesKeys(start, start.from, start.to)[0]!, { signal }).next();
    return undefined;
  } catch (error) {
    if (signal.aborted || refusalOf(error).code === 'E_UNEXPECTED') throw error;
    const { hostname } = new URL(VISION_LISTING_URL);
    const { reason } = ((error as { details?: object }).details ?? {}) as { reason?: string };
    return (
      `Binance's archive cannot be reached from here (${hostname}: ${reason ?? refusalOf(error).code}). ` +
      `What is cached in ${root} is shown; the rest can be fetched once the network lets it. ` +
      'Without --live the demo brings an archive of its own.'
    );
  }
}

/** Tries the port before anything else is done. @throws the socket's error */
async function assertFree({ host, port }: DemoOptions): Promise<void> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen({ host, port }, () => server.close(() => done()));
  });
}

/** The port that was asked for, or where none was, another one when the usual is taken. */
async function listen(server: ReturnType<typeof demoServer>, { host, port }: DemoOptions): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE' || port !== DEFAULT_PORT) throw error;
    await server.listen({ host, port: 0 });
  }
}

async function newestOf(root: string): Promise<Setup['start'] | undefined> {
  if (!existsSync(root))
    throw new RefusedError('E_NO_CACHE', `There is no folder ${root}. --live makes it and fetches into it.`, 404);
  return newestSeries(root);
}

function startOf(mode: Setup['mode'], now: number): Setup['start'] {
  const interval = mode === 'embedded' ? '1m' : '1h';
  const from = mode === 'embedded' ? Date.UTC(2025, 4, 1) : Math.floor(now / DAY) * DAY - 10 * DAY;
  return { marketType: 'spot', symbol: 'BTCUSDT', interval, from, to: now };
}

const nothingToRead = (root: string): string =>
  `${root} holds no bars that can be read where they lie. If it is an old cache, Migration plans what becomes of it; --live fetches into it.`;

function defaultRoot({ VISION_CACHE_DIR, XDG_CACHE_HOME, LOCALAPPDATA }: DemoSurroundings['environment']): string {
  if (VISION_CACHE_DIR !== undefined && VISION_CACHE_DIR !== '') return VISION_CACHE_DIR;
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'vision-cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'vision-cache');
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'vision-cache');
}

function systemSentence(error: unknown): string {
  const { code, port, path } = error as { readonly code?: string; readonly port?: number; readonly path?: string };
  if (code === 'EADDRINUSE')
    return `Port ${String(port)} is in use. Choose another with --port, or --port 0 for any free one.`;
  if (code === 'EACCES' && port !== undefined)
    return `Port ${String(port)} may not be used. Choose one above 1023 with --port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'The --host is no address of this machine.';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${path ?? 'A file'} may not be written (${code}). Choose another folder with --cache.`;
  if (code === 'ENOTDIR' || code === 'EEXIST') return `${path ?? 'The --cache'} is not a folder.`;
  return `The demo failed: ${error instanceof Error ? error.message : String(error)}.`;
}
