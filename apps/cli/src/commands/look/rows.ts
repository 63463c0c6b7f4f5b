import { defineCommand } from '../define-command.ts';
import { ONE_SERIES } from '../positionals.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags, count, word, words } from '../../contract/flags.ts';
import type { Io } from '../../contract/io.ts';
import type * as Later from '../../later/later.ts';
import { UsageError } from '../../contract/usage-error.ts';

interface RowFlags extends CacheFlags {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly as?: Later.RowForm | undefined;
}

interface NumberedFlags extends RowFlags {
  readonly rows?: number | undefined;
}

const ROW_FLAGS = {
  from: word('TIME', 'First instant, UTC'),
  to: word('TIME', 'Last instant, UTC, exclusive'),
  columns: words('NAME', 'Only these columns, in this order'),
  as: {
    kind: 'enum',
    values: ['table', 'csv', 'jsonl'],
    optional: true,
    brief: 'Output format (default: table; --json is jsonl)',
  },
  ...CACHE,
} as const;

const NUMBER = {
  kind: 'parsed',
  parse: count,
  optional: true,
  placeholder: 'N',
  brief: 'How many rows (default: 10)',
} as const;

const ABOUT = 'Rows go to stdout, everything else to stderr. It ends quietly if the reader closes the pipe.';

export const head = defineCommand<NumberedFlags, [string]>({
  brief: 'Prints the first rows of a series',
  text: ABOUT,
  examples: [
    ['head BTCUSDT/1m', 'ten rows'],
    ['head BTCUSDT/1m -n 3 --columns open_time,close --from 2024-02-01', 'from a day on'],
  ],
  parameters: { flags: { rows: NUMBER, ...ROW_FLAGS }, aliases: { n: 'rows' }, positional: ONE_SERIES },
  async run(io, flags, name) {
    const { readRows, slice } = await import('../../later/later.ts');
    return printed(io, flags, name, async function* ({ cache, catalog }, series, range) {
      let left = flags.rows ?? 10;
      for await (const rows of readRows(cache, catalog, series, range)) {
        yield rows.numRows <= left ? rows : slice(rows, 0, left);
        left -= rows.numRows;
        if (left <= 0) return;
      }
    });
  },
});

export const tail = defineCommand<NumberedFlags, [string]>({
  brief: 'Prints the last rows of a series',
  text: ABOUT,
  examples: [
    ['tail BTCUSDT/1m', 'ten rows'],
    ['tail BTCUSDT/1m -n 1 --as jsonl', 'the newest one'],
  ],
  parameters: { flags: { rows: NUMBER, ...ROW_FLAGS }, aliases: { n: 'rows' }, positional: ONE_SERIES },
  async run(io, flags, name) {
    const { lastRows } = await import('../../later/later.ts');
    return printed(io, flags, name, async function* ({ cache, catalog }, series, range) {
      const found = await lastRows(cache, catalog, series, range, flags.rows ?? 10);
      yield* found;
    });
  },
});

export const cat = defineCommand<RowFlags, [string]>({
  brief: 'Prints the rows of a series',
  text: ABOUT,
  examples: [
    ['cat BTCUSDT/1d --as csv > btc.csv', 'all there is, as CSV'],
    ['cat BTCUSDT/1m --from 2024-01-01 --to 2024-01-02 --json', 'a day, one JSON object per line'],
  ],
  parameters: { flags: ROW_FLAGS, positional: ONE_SERIES },
  async run(io, flags, name) {
    const { readRows } = await import('../../later/later.ts');
    return printed(io, flags, name, ({ cache, catalog }, series, range) => readRows(cache, catalog, series, range));
  },
});

type Opened = Awaited<ReturnType<typeof Later.openAnywhere>>;
type Found = Awaited<ReturnType<typeof Later.findSeries>>;

async function printed(
  io: Io,
  flags: RowFlags,
  name: string,
  read: (
    opened: Opened,
    series: Found,
    range: { from: string | undefined; to: string | undefined; columns: readonly string[] | undefined },
  ) => AsyncIterable<Later.Rows>,
) {
  const { datasetOf, findSeries, openAnywhere, rowPrinter, storedColumns } = await import('../../later/later.ts');
  const opened = await openAnywhere(flags, io);
  const series = await findSeries(opened.cache, opened.catalog, name);
  const dataset = datasetOf(series, opened.catalog);
  const known = storedColumns(dataset);
  const wrong = flags.columns?.find((column) => !known.includes(column));
  if (wrong !== undefined)
    throw new UsageError(`${wrong} is not a column of ${dataset.dataNature}: ${known.join(', ')}.`);
  const print = rowPrinter(dataset, flags.columns, flags.as ?? (flags.json === true ? 'jsonl' : 'table'));
  let number = 0;
  for await (const rows of read(opened, series, { from: flags.from, to: flags.to, columns: flags.columns })) {
    number += rows.numRows;
    if (!(await io.out(print(rows)))) return EXIT.DONE;
  }
  if (number > 0) return EXIT.DONE;
  // A table without rows has a header all the same.
  const none = Object.fromEntries((flags.columns ?? known).map((column) => [column, []]));
  await io.out(print({ numRows: 0, columns: none }));
  if (flags.quiet !== true)
    io.err(
      `The cache has no rows of ${series.name} in this range: "vision-cache show ${series.name}" shows what it has.\n`,
    );
  return EXIT.DONE;
}
