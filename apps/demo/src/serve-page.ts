import type { Setup } from './contract/api.ts';
import type { Composition } from './contract/parts.ts';
import type { ActivityBook } from './desk/activity-book.ts';
import { demoDesk } from './desk/demo-desk.ts';
import { EntryBook } from './desk/entry-book.ts';
import type { MigrationDesk } from './desk/migration-desk.ts';
import type { EventHub } from './server/event-hub.ts';
import { FetchJobs } from './server/fetch-jobs.ts';
import { tokenFor } from './server/guard.ts';
import { type Address, listen } from './server/listen.ts';
import type { PageFile } from './server/page-files.ts';
import { demoServer } from './server/server.ts';

export interface PageParts extends Composition, Address {
  readonly setup: Setup;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly hub: EventHub;
  readonly activity: ActivityBook;
  /** Without it the page offers no migration. */
  readonly migration: MigrationDesk | undefined;
  readonly now: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onReady: (url: string) => void;
  /** Told of what should not happen. */
  readonly onUnexpected: (error: unknown) => void;
}

/**
 * Serves the page until the signal is aborted; running fetches are stopped then, and what they stored stays.
 * @throws {RefusedError} if the host or the port cannot be listened on
 */
export async function servePage(parts: PageParts): Promise<void> {
  const { setup, manager, cache, catalog, activity, hub, migration, files, host, port, now, signal } = parts;
  const jobs = new FetchJobs(hub);
  const entries = new EntryBook(cache, catalog, activity, now);
  const token = tokenFor(host);
  const desk = demoDesk({ setup, manager, catalog, entries, activity, jobs, hub, migration });
  const server = demoServer({ desk, hub, files, guard: { host, token }, onUnexpected: parts.onUnexpected });
  try {
    parts.onReady(await listen(server, { host, port }, token));
    await new Promise<void>((end) => {
      if (signal.aborted) end();
      signal.addEventListener('abort', () => end(), { once: true });
    });
  } finally {
    await jobs.close();
    await server.close();
  }
}
