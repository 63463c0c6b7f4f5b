import { defineCommand } from '../define-command.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { type HostFlags, HOSTS, toggle, word } from '../../contract/flags.ts';
import { UsageError } from '../../contract/usage-error.ts';

interface ServeFlags extends HostFlags {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly allowWrite?: boolean | undefined;
}

export const serve = defineCommand<ServeFlags, []>({
  brief: 'Shows the cache on a page: chart, calendar, where every day came from',
  text: `For this machine alone by default; with --host elsewhere the address carries a token. Nothing is written and no host
is asked unless --allow-write. Ctrl-C ends it.`,
  examples: [
    ['serve', 'the address is printed'],
    ['serve --port 8080 --allow-write', 'a page that may fetch, too'],
    ['serve --host 0.0.0.0', 'for other machines, who need the whole address'],
  ],
  parameters: {
    flags: {
      port: word('N', 'The page’s port (default: 4173, or a free one where that is in use; 0: a free one)'),
      host: word('HOST', 'The address that is listened on (default: 127.0.0.1)'),
      allowWrite: toggle('Let the page fetch into the cache, remove entries and migrate'),
      ...HOSTS,
    },
  },
  async run(io, flags) {
    const port = flags.port === undefined ? undefined : Number(flags.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536))
      throw new UsageError(`--port ${flags.port ?? ''} is no port: 0 to 65535.`);
    const { loadPage } = await import('../../later/later.ts');
    const { servePage } = await loadPage();
    await servePage({ ...flags, port }, io);
    return EXIT.DONE;
  },
});
