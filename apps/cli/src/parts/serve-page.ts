import { serve } from '@vision-cache/demo/command';
import { join } from 'node:path';
import { cacheRoot } from './cache-root.ts';
import type { HostFlags } from '../contract/flags.ts';
import { hostsOf } from './hosts.ts';
import type { Io } from '../contract/io.ts';
import { jsonLine } from '../text/table.ts';

interface PageOptions extends HostFlags {
  readonly port: number | undefined;
  readonly host?: string | undefined;
  readonly allowWrite?: boolean | undefined;
}

/** Serves the page on the cache until it is stopped. @throws with the page's own codes */
export async function servePage(options: PageOptions, io: Io): Promise<void> {
  const demo = options.demo === true ? await (await import('./demo-archive.ts')).startDemoArchive() : undefined;
  const hosts = demo?.hosts ?? hostsOf(options, io.environment);
  const { port, host, allowWrite } = options;
  const onReady = (url: string): void =>
    void io.out(options.json === true ? jsonLine({ url }) : `The page: ${url}   (Ctrl-C ends it)\n`);
  try {
    const migrator = await import('@vision-cache/migrator');
    await serve(
      {
        root: cacheRoot(options, io, 'serve'),
        pageFolder: join(io.folder, 'web'),
        port,
        host,
        allowWrite,
        vision: hosts.archive,
        rest: hosts.rest ?? {},
        migrator,
      },
      { signal: io.stopSignal(), onReady, onUnexpected: (error) => io.err(`${String(error)}\n`) },
    );
  } finally {
    await demo?.close();
  }
}
