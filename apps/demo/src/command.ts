import type { VisionDataClientOptions } from '@vision-cache/vision-client';
import type { BinanceRestClientOptions } from '@vision-cache/vision-client/rest';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LIVE_SYMBOLS, marketsWith } from './archive/markets.ts';
import { newestSeries } from './archive/newest-series.ts';
import { compose } from './compose.ts';
import type { Setup } from './contract/api.ts';
import type { MigratorPort } from './contract/migrator-port.ts';
import { ActivityBook } from './desk/activity-book.ts';
import { sourceFetch } from './desk/counted-fetch.ts';
import { MigrationDesk } from './desk/migration-desk.ts';
import { readOnlyFileSystem } from './desk/read-only-file-system.ts';
import { servePage } from './serve-page.ts';
import { EventHub } from './server/event-hub.ts';
import { assertFree, DEFAULT_PORT } from './server/listen.ts';
import { readPageFiles } from './server/page-files.ts';
import { RefusedError, sentenceOf } from './server/refused.ts';
import { FIRST_VIEW_DAYS, LIVE_FIRST } from './start-view.ts';

export type { MigratorPort } from './contract/migrator-port.ts';

export interface ServeOptions {
  /** Folder of the cache. With `allowWrite` it is made when something is fetched. */
  readonly root: string;
  /** Folder of the built page. */
  readonly pageFolder: string;
  /** Beyond loopback the address carries a token. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** 0: any free one. @default 4173, or a free one where that is in use */
  readonly port?: number | undefined;
  /**
   * Lets the page fetch into the cache, invalidate entries and, with a `migrator`, migrate. Otherwise nothing is
   * written, not even a damaged file is moved aside, and no host is asked.
   * @default false
   */
  readonly allowWrite?: boolean | undefined;
  readonly vision?: VisionDataClientOptions | undefined;
  readonly rest?: BinanceRestClientOptions | undefined;
  /** The functions of the migrator. Without it the page offers no migration. */
  readonly migrator?: MigratorPort | undefined;
}

export interface ServeSurroundings {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told once the page can be opened. */
  readonly onReady: (url: string) => void;
  /** Told of an error in the program; the page goes on. @default none is told */
  readonly onUnexpected?: ((error: unknown) => void) | undefined;
}

/**
 * Serves the page on a cache until the signal is aborted.
 * @throws {RefusedError} with a `code` (`E_NO_CACHE`, `E_PORT_IN_USE`, `E_PORT_REFUSED`, `E_HOST`, `E_NO_PAGE`) and a
 * sentence for people
 */
export async function serve(options: ServeOptions, surroundings: ServeSurroundings): Promise<void> {
  const { pageFolder, host = '127.0.0.1', port = DEFAULT_PORT, allowWrite = false, migrator } = options;
  const { signal, onReady, onUnexpected = () => undefined } = surroundings;
  const root = resolve(options.root);
  if (!allowWrite && !existsSync(root))
    throw new RefusedError('E_NO_CACHE', `There is no folder ${root}. Name the cache's folder with --cache.`, 404);
  if (!existsSync(pageFolder)) throw new RefusedError('E_NO_PAGE', `The page's files are not in ${pageFolder}.`, 500);
  if (port !== 0 && port !== DEFAULT_PORT) await assertFree({ host, port });
  const files = await readPageFiles(pageFolder);
  const hub = new EventHub();
  const activity = new ActivityBook(hub);
  try {
    const now = Date.now;
    const { archive, cache, catalog, manager } = compose({
      onUnstored: (error) => activity.couldNotStore(sentenceOf(error)),
      root,
      now,
      vision: { ...options.vision, fetch: sourceFetch(activity, 'vision', options.vision?.fetch) },
      rest: { ...options.rest, now, fetch: sourceFetch(activity, 'rest', options.rest?.fetch) },
      ...(allowWrite ? {} : { fileSystem: readOnlyFileSystem }),
    });
    const migration = allowWrite && migrator !== undefined ? new MigrationDesk({ migrator, root, hub }) : undefined;
    const newest = existsSync(root) ? await newestSeries(root) : undefined;
    const setup: Setup = {
      mode: allowWrite ? 'live' : 'offline',
      mayWrite: allowWrite,
      cache: root,
      markets: marketsWith(LIVE_SYMBOLS),
      monthly: catalog.monthly,
      start: newest ?? { ...LIVE_FIRST, from: now() - FIRST_VIEW_DAYS * 86_400_000, to: now() },
      first: Date.UTC(2017, 7, 17),
      get last() {
        return now();
      },
      ...(newest === undefined ? { notice: emptySentence(root, allowWrite) } : {}),
      hasOldCache: migration !== undefined,
      hasSample: false,
    };
    await servePage({
      archive, cache, catalog, manager, setup, files, hub, activity, migration, now, host, port, signal, onReady, onUnexpected,
    }); // prettier-ignore
  } finally {
    activity.close();
  }
}

const emptySentence = (root: string, allowWrite: boolean): string =>
  `${root} holds no bars yet. ${allowWrite ? 'Choose a symbol and press Fetch.' : 'Fill it with “vision-cache sync”.'}`;
