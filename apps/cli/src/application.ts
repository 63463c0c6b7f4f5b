import { type Application, buildApplication, buildRouteMap, help, version } from '@stricli/core';
import { availability } from './commands/look/availability.ts';
import { completions } from './commands/look/completions.ts';
import { doctor } from './commands/keep/doctor.ts';
import { exportSeries } from './commands/look/export.ts';
import { importFiles } from './commands/fill/import.ts';
import { init } from './commands/fill/init.ts';
import { ls } from './commands/look/ls.ts';
import { migrate } from './commands/fill/migrate.ts';
import { cat, head, tail } from './commands/look/rows.ts';
import { serve } from './commands/look/serve.ts';
import { show } from './commands/look/show.ts';
import { symbols } from './commands/look/symbols.ts';
import { sync } from './commands/fill/sync.ts';
import { audit } from './commands/keep/audit.ts';
import { gaps } from './commands/keep/gaps.ts';
import { prune } from './commands/keep/prune.ts';
import { repack } from './commands/keep/repack.ts';
import { sweep } from './commands/keep/sweep.ts';
import { usage } from './commands/keep/usage.ts';
import { verify } from './commands/keep/verify.ts';
import { EXIT_CODES } from './contract/flags.ts';
import type { Context, Io } from './contract/io.ts';

/** In the order in which people meet them. */
const ROUTES = {
  init,
  sync,
  ls,
  show,
  head,
  tail,
  cat,
  symbols,
  availability,
  export: exportSeries,
  import: importFiles,
  verify,
  audit,
  gaps,
  usage,
  prune,
  repack,
  sweep,
  doctor,
  migrate,
  serve,
  completions,
} as const;

/** Every command, and what is the same for all of them. */
export function application(io: Io): Application<Context> {
  const isColoured = io.isOutTty && (io.environment['NO_COLOR'] ?? '') === '' && io.environment['TERM'] !== 'dumb';
  return buildApplication<Context>(
    buildRouteMap({
      routes: ROUTES,
      docs: {
        brief: 'A local columnar cache of Binance’s public market data',
        fullDescription: `A local columnar cache of Binance’s public market data: fill it, look at it, export it, check and repair it.

EXAMPLES
  vision-cache sync BTCUSDT --interval 1m --from 2024-01-01
  vision-cache ls
  vision-cache head BTCUSDT/1m
  vision-cache sync BTCUSDT --interval 1h --from 2025-06-01 --demo      (without a network)

${EXIT_CODES}
Add --help to a command to see more.`,
      },
    }),
    {
      name: 'vision-cache',
      scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
      documentation: { disableAnsiColor: !isColoured },
    },
    {
      help: help({
        brief: 'This text',
        formatting: { useAliasInUsageLine: false, onlyRequiredInUsageLine: true, caseStyle: 'convert-camel-to-kebab' },
      }),
      version: version({
        brief: 'The version',
        alias: 'V',
        info: { getCurrentVersion: () => Promise.resolve(io.version()) },
      }),
    },
  );
}
