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
  brief: 'Shows the cache in a web page: chart, calendar, where every day came from',
  text: `Only this machine can open the page by default; with another --host the address contains a token. It writes nothing
and sends no requests without --allow-write. Ctrl-C ends it.`,
  examples: [
    ['serve', 'the address is printed'],
    ['serve --port 8080 --allow-write', 'a page that can also fetch'],
    ['serve --host 0.0.0.0', 'for other machines; they need the whole address'],
  ],
  parameters: {
    flags: {
      port: word('N', 'The page’s port (default: 4173, or a free one where that is in use; 0: a free one)'),
      host: word('HOST', 'The address to listen on (default: 127.0.0.1)'),
      allowWrite: toggle('Let the page fetch into the cache, remove entries and migrate'),
      ...HOSTS,
    },
  },
  async run(io, flags) {
    const port = flags.port === undefined ? undefined : Number(flags.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536))
      throw new UsageError(`--port ${flags.port ?? ''} is not a port: use 0 to 65535.`);
    const { loadPage } = await import('../../later/later.ts');
    const { servePage } = await loadPage();
    await servePage({ ...flags, port }, io);
    return EXIT.DONE;
  },
});
