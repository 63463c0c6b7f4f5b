import { defineCommand } from '../define-command.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags, text, toggle, word, words } from '../../contract/flags.ts';
import { UsageError } from '../../contract/usage-error.ts';

interface ExportFlags extends CacheFlags {
  readonly to: string;
  readonly format?: 'parquet' | 'csv' | 'feather' | undefined;
  readonly by?: 'day' | 'month' | 'year' | 'series' | undefined;
  readonly hive?: boolean | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly resample?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

export const exportSeries = defineCommand<ExportFlags, string[]>({
  brief: 'Writes series as Parquet, CSV or Feather',
  text: `Writes a file completely before it appears under its name; the same rows give the same bytes. It reports missing rows
and never fills them, and exits with 1 if days of the range are not in the cache. CSV has the archive's own columns, and
with --by day or month the archive's file names, so that import can read it again.`,
  examples: [
    ['export BTCUSDT/1m --to out', 'one Parquet file'],
    ["export '*/1d' --to out --by year --hive", 'folders that let readers skip files'],
    ['export BTCUSDT/1m --to out --format csv --by month', 'as the archive has it'],
    ['export BTCUSDT/1m --to out --resample 1h', 'longer bars'],
  ],
  stopped: 'Every file under its final name is complete; run the same command again.',
  parameters: {
    flags: {
      to: { kind: 'parsed', parse: text, placeholder: 'FOLDER', brief: 'Folder for the files; made if needed' },
      format: {
        kind: 'enum',
        values: ['parquet', 'csv', 'feather'],
        optional: true,
        brief: 'Format of the files (default: parquet)',
      },
      by: {
        kind: 'enum',
        values: ['day', 'month', 'year', 'series'],
        optional: true,
        brief: 'One file per day, month, year or series (default: series)',
      },
      hive: toggle('Hive folders such as symbol=BTCUSDT/interval=1m/year=2024, so that readers can skip files'),
      columns: words('NAME', 'Only these columns, in this order'),
      resample: word('INTERVAL', 'Make longer bars'),
      from: word('TIME', 'First instant, UTC'),
      until: word('TIME', 'Last instant, UTC, exclusive'),
      ...CACHE,
    },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'Series or patterns, as ls prints them', parse: text, placeholder: 'SERIES' },
    },
  },
  async run(io, flags, ...names) {
    const {
      bytesText,
      counted,
      datasetOf,
      findAll,
      folderOf,
      intervalOf,
      jsonLine,
      loadExport,
      openAnywhere,
      storedColumns,
    } = await import('../../later/later.ts');
    const { exportSeries: write } = await loadExport();
    const { cache, catalog } = await openAnywhere(flags, io);
    const found = await findAll(cache, catalog, names);
    for (const series of found) {
      const known: readonly string[] = storedColumns(datasetOf(series, catalog));
      const wrong = flags.columns?.find((column) => !known.includes(column));
      if (wrong !== undefined) throw new UsageError(`${wrong} is not a column of ${series.name}: ${known.join(', ')}.`);
    }
    const { to, format = 'parquet', by = 'series', hive = false, columns, from, until } = flags;
    const resampleTo = flags.resample === undefined ? undefined : intervalOf(flags.resample);
    folderOf(flags.to, '--to');
    const options = { to, format, by, hive, columns, resampleTo, from, until, now: io.now(), signal: io.stopSignal() };
    let [files, unfetched] = [0, 0];
    for (const series of found) {
      for await (const row of write(cache, catalog, series, options)) {
        files++;
        const missing = row.gaps.filter(({ kind }) => kind === 'not-cached').length;
        unfetched += missing;
        const said =
          row.gaps.length === 0
            ? ''
            : `; ${counted(row.gaps.length, 'gap')}${missing === 0 ? '' : `, ${String(missing)} not in the cache`}`;
        if (flags.json === true) await io.out(jsonLine(row));
        else if (flags.quiet !== true)
          await io.out(`${row.file}  ${row.rows.toLocaleString('en-US')} rows, ${bytesText(row.bytes)}${said}\n`);
      }
    }
    if (files === 0) throw new UsageError('There are no rows in this range.', 'E_NOT_FOUND');
    return unfetched > 0 ? EXIT.FINDINGS : EXIT.DONE;
  },
});
