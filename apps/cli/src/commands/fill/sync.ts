import { defineCommand } from '../define-command.ts';
import { EXIT, type ExitCode } from '../../contract/exit-codes.ts';
import { count, type HostFlags, HOSTS, text, toggle, word, words } from '../../contract/flags.ts';
import type { Io } from '../../contract/io.ts';
import type * as Later from '../../later/later.ts';
import { UsageError } from '../../contract/usage-error.ts';

interface SyncFlags extends HostFlags {
  readonly market?: string | undefined;
  readonly nature?: string | undefined;
  readonly interval?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly all?: boolean | undefined;
  readonly quote?: string | undefined;
  readonly match?: string | undefined;
  readonly series?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly failOnGaps?: boolean | undefined;
  readonly shard?: string | undefined;
  readonly parallel?: number | undefined;
}

const TWO_EXAMPLES = `The cache is empty, so there is nothing to update. Say what to fetch:
  vision-cache sync BTCUSDT --interval 1m --from 2024-01-01
  vision-cache sync --all --quote USDT --interval 1d`;

export const sync = defineCommand<SyncFlags, string[]>({
  brief: 'Fetches what the cache lacks, and only that',
  text: `Without arguments it updates every series in the cache, as a cron job would. A second sync on the same cache exits
with 3 and names the first. If it is stopped, run it again and it continues. Explained gaps are remembered and not
requested again.

Exits with 0 if everything available has been stored, with 3 if a source failed.`,
  examples: [
    ['sync BTCUSDT --interval 1m --from 2024-01-01', 'a symbol, from a day to now'],
    ['sync --all --quote USDT --interval 1d', 'all USDT symbols, daily bars, from their first day on'],
    ['sync um/BTCUSDT/1h um/fundingRate/BTCUSDT --from 2023-01-01', 'series by their names'],
    ['sync BTCUSDT --interval 1m,1h --from 2024-01-01 --dry-run', 'requests, bytes, disk and time'],
    ['sync --quiet', 'what a line of cron runs'],
    ['sync --series list.txt --interval 1m --shard auto', 'the part of one worker of many'],
    ['sync --series list.txt --interval 1m --shard 3/8 --cache s3://team/data', 'the same, into a bucket'],
  ],
  stopped: 'Everything that had arrived is kept; run the same command again to continue.',
  parameters: {
    flags: {
      market: word('MARKET', 'spot, um, cm or option (default: spot)'),
      nature: word('NATURE', 'klines, trades, aggTrades, fundingRate, … (default: klines)'),
      interval: words('INTERVAL', '1m, 1h, 1d, …; several with commas'),
      from: word('TIME', 'First instant, UTC (default: the first published day)'),
      to: word('TIME', 'Last instant, UTC, exclusive (default: now)'),
      all: toggle('Every symbol that the archive has'),
      quote: word('ASSET', 'With --all: only symbols that end in this, such as USDT'),
      match: word('GLOB', 'With --all: only symbols that match, such as BTC*'),
      series: word('FILE', 'A file of symbols or series, one per line; - is stdin'),
      dryRun: toggle('Only print requests, bytes, disk and time'),
      failOnGaps: toggle('Exit with 1 if rows are missing for any reason'),
      shard: word('I/N', 'Do the I-th of N parts of the work; auto: as the scheduler says'),
      parallel: {
        kind: 'parsed',
        parse: count,
        optional: true,
        placeholder: 'N',
        brief: 'Series at a time (default: 4)',
      },
      ...HOSTS,
    },
    positional: {
      kind: 'array',
      parameter: { brief: 'Symbols, or series such as um/BTCUSDT/1m', parse: text, placeholder: 'SYMBOL' },
    },
  },
  async run(io, flags, ...symbols) {
    const isUpdate = symbols.length === 0 && flags.all !== true && flags.series === undefined;
    if (flags.all !== true && (flags.quote ?? flags.match) !== undefined)
      throw new UsageError('--quote and --match go with --all.');
    if (isUpdate && (flags.from !== undefined || flags.interval !== undefined))
      throw new UsageError(
        '--from and --interval need a symbol, --all or --series; without, all that is cached is brought up to date.',
      );
    const { composeAnywhere } = await import('../../later/later.ts');
    const parts = await composeAnywhere(flags, io);
    try {
      const signal = AbortSignal.any([io.stopSignal(), parts.unstored]);
      const work =
        isUpdate && flags.dryRun !== true && flags.shard === undefined ? await parts.cache.work('sync') : undefined;
      try {
        const tasks = isUpdate ? await updates(io, flags, parts) : await chosen(io, flags, symbols, parts, signal);
        if (tasks === undefined) return EXIT.USAGE;
        return await (flags.dryRun === true ? dryRun : bring)(io, flags, tasks, parts, signal);
      } finally {
        work?.release();
      }
    } catch (error) {
      // What cannot be stored is no reason to fetch the rest; the first failure says all.
      throw parts.unstored.aborted ? parts.unstored.reason : error;
    } finally {
      await parts.close();
    }
  },
});

type Parts = Awaited<ReturnType<typeof Later.composeAnywhere>>;

/** Every cached series, from the newest stretch of its days to now. */
async function updates(
  io: Io,
  flags: SyncFlags,
  { cache, catalog, now }: Parts,
): Promise<Later.SyncTask[] | undefined> {
  const { cachedSeries, epochMicroseconds, parseShard, taskOf, updateFrom } = await import('../../later/later.ts');
  const shard = flags.shard === undefined ? undefined : parseShard(flags.shard, io.environment);
  const tasks: Later.SyncTask[] = [];
  const to = epochMicroseconds(flags.to ?? now());
  for await (const series of cachedSeries(cache)) {
    const from = updateFrom(series.dates);
    if (from < to) tasks.push(taskOf(series, from, to, catalog, shard));
  }
  if (tasks.length === 0) io.err(`${TWO_EXAMPLES}\n`);
  return tasks.length === 0 ? undefined : tasks;
}

async function chosen(
  io: Io,
  flags: SyncFlags,
  symbols: readonly string[],
  parts: Parts,
  signal: AbortSignal,
): Promise<Later.SyncTask[] | undefined> {
  const { chooseSeries, concurrently, epochMicroseconds, firstPublished, parseShard, taskOf } =
    await import('../../later/later.ts');
  const { archive, catalog, now } = parts;
  const shard = flags.shard === undefined ? undefined : parseShard(flags.shard, io.environment);
  const to = epochMicroseconds(flags.to ?? now());
  const from = flags.from === undefined ? undefined : epochMicroseconds(flags.from);
  if (from !== undefined && from >= to)
    throw new UsageError(flags.to === undefined ? '--from has not come yet.' : '--from is not before --to.');
  const {
    all = false,
    quote,
    match,
    series: file,
    market = 'spot',
    nature = 'klines',
    interval: intervals = [],
  } = flags;
  const found = await chooseSeries(
    { symbols, all, quote, match, file, market, nature, intervals },
    catalog,
    archive,
    signal,
  );
  if (found.length === 0) throw new UsageError('No symbol in the archive matches.');
  if (from !== undefined) return found.map((series) => taskOf(series, from, to, catalog, shard));
  const starts = new Map<unknown, bigint | undefined>();
  const ask = async (series: (typeof found)[number]) => ({
    series,
    first: await firstPublished(series, catalog, archive, signal),
  });
  for await (const { series, first } of concurrently(found, 8, ask)) starts.set(series, first);
  // What the archive has nothing of is asked for a day, so that its row says so.
  return found.map((series) => taskOf(series, starts.get(series) ?? to - DAY, to, catalog, shard));
}

const DAY = 86_400_000_000n;

async function dryRun(
  io: Io,
  flags: SyncFlags,
  tasks: readonly Later.SyncTask[],
  { manager, catalog }: Parts,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { jsonLine, manySmallFiles, planLines, planTasks } = await import('../../later/later.ts');
  warn(io, flags, manySmallFiles(tasks));
  const rows = [];
  for await (const row of planTasks(manager, catalog, tasks, signal)) {
    rows.push(row);
    if (flags.json === true) await io.out(jsonLine(row));
  }
  if (flags.json !== true) await io.out(`${planLines(rows).join('\n')}\n`);
  return EXIT.DONE;
}

async function bring(
  io: Io,
  flags: SyncFlags,
  tasks: readonly Later.SyncTask[],
  { archive, manager, catalog, hear }: Parts,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { concurrently, escapeTerminal, firstPublished, jsonLine, manySmallFiles, progressOn, syncTask, syncLine } =
    await import('../../later/later.ts');
  warn(io, flags, manySmallFiles(tasks));
  const progress = progressOn(io, {
    unit: tasks.every(({ series }) => series.packagingFrequency === 'daily') ? 'days' : 'files',
    quiet: flags.quiet,
  });
  progress.start(
    tasks.reduce((sum, { entries }) => sum + entries, 0),
    undefined,
  );
  hear((owner) =>
    progress.say(`Not waiting for ${escapeTerminal(owner)}, which fetches the same but has been silent.`),
  );
  const hooks = {
    signal,
    advance: (entries: number, bytes: number) => progress.advance(entries, bytes),
    isPublished: async (series: Later.Series) => (await firstPublished(series, catalog, archive, signal)) !== undefined,
  };
  const rows: Later.SyncRow[] = [];
  try {
    const work = concurrently(
      tasks.filter(({ spans }) => spans.length > 0),
      flags.parallel ?? 4,
      (task) => syncTask(manager, catalog, task, hooks),
    );
    for await (const row of work) {
      rows.push(row);
      if (flags.json === true) await io.out(jsonLine(row));
    }
  } finally {
    progress.stop();
  }
  // Lines of JSON come as they are known; what people read stands in the order of what was asked for.
  const places = new Map(tasks.map(({ name }, place) => [name, place]));
  rows.sort((a, b) => places.get(a.series)! - places.get(b.series)!);
  if (flags.json !== true && flags.quiet !== true) for (const row of rows) await io.out(`${syncLine(row)}\n`);
  for (const warning of new Set(rows.flatMap(({ warnings }) => warnings))) io.err(`warning: ${warning}\n`);
  for (const { series, error } of rows) if (error !== undefined) io.err(`${error.code}: ${series}: ${error.message}\n`);
  return exitCodeOf(io, flags, rows);
}

async function exitCodeOf(io: Io, flags: SyncFlags, rows: readonly Later.SyncRow[]): Promise<ExitCode> {
  const { counted, exitCodeOf: ofError } = await import('../../later/later.ts');
  const codes = rows.flatMap(({ error }) => (error === undefined ? [] : [ofError(error)]));
  const failed = rows.flatMap(({ series, gaps }) =>
    gaps.filter(({ kind }) => kind === 'source-failed').map((gap) => ({ series, ...gap })),
  );
  const [first] = failed;
  if (first !== undefined)
    io.err(
      `E_SOURCE_FAILED: ${counted(failed.length, 'gap')} not filled because a source failed, first in ${first.series} at ${first.from}: ${first.evidence.replace(/\.+$/, '')}. Run it again.\n`,
    );
  if (first !== undefined || codes.includes(EXIT.FAILED)) return EXIT.FAILED;
  if (codes.length > 0) return EXIT.USAGE;
  return flags.failOnGaps === true && rows.some(({ gaps }) => gaps.length > 0) ? EXIT.FINDINGS : EXIT.DONE;
}

function warn(io: Io, flags: SyncFlags, warning: string | undefined): void {
  if (warning !== undefined && flags.quiet !== true) io.err(`${warning}\n`);
}
