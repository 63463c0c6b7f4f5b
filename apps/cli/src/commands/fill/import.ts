import { defineCommand } from '../define-command.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags, text, word } from '../../contract/flags.ts';
import { UsageError } from '../../contract/usage-error.ts';

interface ImportFlags extends CacheFlags {
  readonly as?: 'vision' | 'csv' | undefined;
  readonly market?: string | undefined;
}

export const importFiles = defineCommand<ImportFlags, [string]>({
  brief: 'Imports files that you have: zips of the archive, and CSVs in its format',
  text: `Reads a mirror of the archive, with or without CHECKSUM files, or single files by their names. It imports each file or
refuses it with the reason. Rows are merged with those in the cache, with "import" as their source. Your files stay
where they are.`,
  examples: [
    ['import ~/binance-mirror', 'a mirror of data.binance.vision'],
    ['import csvs --as csv --market um', 'loose CSVs of USD-M futures'],
  ],
  stopped: 'The files listed so far are in the cache; run the same command again.',
  parameters: {
    flags: {
      as: { kind: 'enum', values: ['vision', 'csv'], optional: true, brief: 'Only zips, or only CSVs (default: both)' },
      market: word('MARKET', 'The market of files whose path names none: spot, um or cm (default: spot)'),
      ...CACHE,
    },
    positional: { kind: 'tuple', parameters: [{ brief: 'Where the files are', parse: text, placeholder: 'FOLDER' }] },
  },
  async run(io, flags, folder) {
    const { filesBelow, importFile, join, jsonLine, openAnywhere, progressOn } = await import('../../later/later.ts');
    const { cache, catalog } = await openAnywhere(flags, io);
    const files = [...filesBelow(folder, flags.as)];
    if (files.length === 0) throw new UsageError(`There are no zip or CSV files below ${folder}.`, 'E_NOT_FOUND');
    const signal = io.stopSignal();
    const progress = progressOn(io, { unit: 'files', quiet: flags.quiet });
    progress.start(files.length, undefined);
    let [imported, rows, refused] = [0, 0, 0];
    try {
      for (const file of files) {
        signal.throwIfAborted();
        const row = await importFile(cache, catalog, join(folder, file), file, {
          market: flags.market ?? 'spot',
          now: io.now(),
        });
        progress.advance(1, 0);
        if (row.status === 'imported') [imported, rows] = [imported + 1, rows + row.rows];
        else refused++;
        if (flags.json === true) await io.out(jsonLine(row));
        else if (row.status === 'refused') io.err(`${row.code}: ${file}: ${row.reason}\n`);
      }
    } finally {
      progress.stop();
    }
    if (flags.json !== true && flags.quiet !== true)
      await io.out(
        `${imported.toLocaleString('en-US')} files imported (${rows.toLocaleString('en-US')} rows), ${refused.toLocaleString('en-US')} refused.\n`,
      );
    return refused > 0 ? EXIT.FINDINGS : EXIT.DONE;
  },
});
