import { VISION_LISTING_URL } from '@vision-cache/vision-client';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  EMBEDDED_FIRST,
  EMBEDDED_NOW,
  EMBEDDED_SYMBOLS,
  EMBEDDED_WITHOUT,
  startEmbeddedArchive,
} from './archive/embedded-archive.ts';
import { LIVE_SYMBOLS, marketsWith } from './archive/markets.ts';
import { newestSeries } from './archive/newest-series.ts';
import { seriesKeys } from './bars/series-keys.ts';
import { compose } from './compose.ts';
import type { Setup } from './contract/api.ts';
import type { MigratorPort } from './contract/migrator-port.ts';
import type { Composition } from './contract/parts.ts';
import { ActivityBook } from './desk/activity-book.ts';
import { sourceFetch } from './desk/counted-fetch.ts';
import { MigrationDesk } from './desk/migration-desk.ts';
import { type DemoOptions, HELP, parseOptions } from './options.ts';
import { servePage } from './serve-page.ts';
import { EventHub } from './server/event-hub.ts';
import { assertFree, DEFAULT_PORT } from './server/listen.ts';
import { readPageFiles } from './server/page-files.ts';
import { RefusedError, refusalOf, sentenceOf } from './server/refused.ts';
import { FIRST_VIEW_DAYS } from './start-view.ts';
import { writeActivity } from './terminal/write-activity.ts';

export interface DemoSurroundings {
  /** Where the built page lies. */
  readonly pageFolder: string;
  readonly migrator: MigratorPort;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One line of what is told in the terminal. */
  readonly tell: (line: string) => void;
  /** One sentence about what went wrong. */
  readonly complain: (sentence: string) => void;
  /** Ends the demo. */
  readonly signal: AbortSignal;
  /** Told once the page can be opened. */
  onReady?(url: string): void;
}

const DAY = 86_400_000;

/**
 * Runs the demo until it has told what it did (`--once`) or is stopped.
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
  const activity = new ActivityBook(hub);
  finallyDo(() => activity.close());
  const isTemporary = mode === 'embedded';
  const root = isTemporary
    ? await mkdtemp(join(tmpdir(), 'vision-cache-demo-'))
    : resolve(options.cache ?? defaultRoot(environment));
  if (isTemporary) finallyDo(() => rm(root, { recursive: true, force: true }));
  const embedded = mode === 'embedded' ? await startEmbeddedArchive() : undefined;
  if (embedded !== undefined) finallyDo(() => embedded.close());

  const now = embedded === undefined ? Date.now : () => EMBEDDED_NOW;
  const { archive, cache, catalog, manager } = compose({
    onUnstored: (error) => activity.couldNotStore(sentenceOf(error)),
    root,
    now,
    vision: {
      fetch: sourceFetch(activity, 'vision'),
      ...(embedded === undefined ? {} : { baseUrl: embedded.baseUrl, listingUrl: embedded.listingUrl }),
    },
    rest: {
      fetch: sourceFetch(activity, 'rest'),
      now,
      ...(embedded === undefined ? {} : { baseUrls: embedded.restUrls }),
    },
  });
  const migration = new MigrationDesk({ migrator, root, hub, archive: embedded?.archive });

  const newest = mode === 'offline' ? await newestOf(root) : undefined;
  const start = newest ?? startOf(mode, now());
  if (mode === 'live') tell("Asking Binance's archive what it has…");
  const notice = mode === 'live' ? await unreachable({ archive, catalog }, start, root, signal) : undefined;
  if (notice === undefined) {
    const archiveUrl = embedded?.baseUrl;
    await writeActivity({
      mode,
      root,
      archiveUrl,
      start,
      archive,
      cache,
      catalog,
      manager,
      activity,
      migration,
      tell,
      signal,
    });
  } else {
    complain(notice);
  }
  if (options.once || files === undefined) return notice === undefined ? 0 : 1;

  const isEmpty = mode === 'offline' && newest === undefined;
  const setup: Setup = {
    mode,
    mayWrite: true,
    cache: root,
    markets: mode === 'embedded' ? marketsWith(EMBEDDED_SYMBOLS, EMBEDDED_WITHOUT) : marketsWith(LIVE_SYMBOLS),
    monthly: catalog.monthly,
    start: mode === 'offline' ? start : { ...start, from: Math.max(start.from, start.to - FIRST_VIEW_DAYS * DAY) },
    first: mode === 'embedded' ? EMBEDDED_FIRST : Date.UTC(2017, 7, 17),
    get last() {
      return now();
    },
    ...(notice === undefined && isEmpty ? { notice: nothingToRead(root) } : {}),
    ...(notice === undefined ? {} : { notice }),
    hasOldCache: true,
    hasSample: mode === 'embedded',
  };
  const { host, port } = options;
  await servePage({
    archive, cache, catalog, manager, setup, files, hub, activity, migration, now, host, port, signal,
    onReady: (url) => {
      tell(`\nThe page: ${url}   (Ctrl-C ends it)`);
      surroundings.onReady?.(url);
    },
    onUnexpected: (error) => complain(String(error instanceof Error ? error.stack : error)),
  }); // prettier-ignore
  return 0;
}

/**
 * Asks the archive for one page of its listing, so that a host that cannot be reached is told before anything is
 * written, in the log and on the page.
 * @returns what is to be said; undefined if all is well
 */
async function unreachable(
  { archive, catalog }: Pick<Composition, 'archive' | 'catalog'>,
  start: Setup['start'],
  root: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await archive.list(seriesKeys(start, start.from, start.to, catalog)[0]!, { signal }).next();
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
  const { code, path } = error as { readonly code?: string; readonly path?: string };
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${path ?? 'A file'} may not be written (${code}). Choose another folder with --cache.`;
  if (code === 'ENOTDIR' || code === 'EEXIST') return `${path ?? 'The --cache'} is not a folder.`;
  return `The demo failed: ${error instanceof Error ? error.message : String(error)}.`;
}
