import { parseArgs } from 'node:util';
import { DEFAULT_PORT } from './server/listen.ts';

export interface DemoOptions {
  /** Ask Binance's hosts instead of the embedded archive. */
  readonly live: boolean;
  /** End after what is told in the terminal. */
  readonly once: boolean;
  /** The cache's folder. @default a fresh one that goes with the demo; with --live the user's own */
  readonly cache: string | undefined;
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
}

export const HELP = `vision-cache demo: migrates a small old cache, fetches a range through cache, archive and REST,
says where every day came from, and serves a page with the chart.

  npm run demo                 the embedded, synthetic archive; nothing leaves this machine
  npm run demo -- --live       Binance's own hosts
  npm run demo -- --cache DIR  your own cache instead of a temporary one
  npm run demo -- --port N     the page's port (default 4173, or a free one when that is taken)
  npm run demo -- --host HOST  listen beyond loopback; the address then carries a token
  npm run demo -- --once       end after what is told in the terminal, with exit code 0
  npm run demo -- --help       this text`;

export type ParsedOptions = { readonly run: DemoOptions } | { readonly help: true } | { readonly wrong: string };

/** What the command line says. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        live: { type: 'boolean', default: false },
        once: { type: 'boolean', default: false },
        cache: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { help: true };
    const port = values.port === undefined ? DEFAULT_PORT : Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      return { wrong: `--port takes a number from 0 to 65535, and "${values.port ?? ''}" is none.` };
    }
    if (values.cache === '') return { wrong: '--cache takes a folder.' };
    return { run: { live: values.live, once: values.once, cache: values.cache, port, host: values.host } };
  } catch (error) {
    return { wrong: `${error instanceof Error ? error.message : String(error)} Try --help.` };
  }
}
