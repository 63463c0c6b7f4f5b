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
where they are. A part of a mirror is recognised by its folders, such as futures/um/daily. Ends with 1 if a file is
refused, if rows of it are left out, or if the cache had other values.`,
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
    const { escapeTerminal, filesBelow, importFile, importWarnings, jsonLine, openAnywhere, progressOn } =
      await import('../../later/later.ts');
    const { cache, catalog } = await openAnywhere(flags, io);
    const files = [...filesBelow(folder, flags.as)];
    if (files.length === 0) throw new UsageError(`There are no zip or CSV files below ${folder}.`, 'E_NOT_FOUND');
    const signal = io.stopSignal();
    const progress = progressOn(io, { unit: 'files', quiet: flags.quiet });
    progress.start(files.length, undefined);
    let [imported, rows, refused, odd] = [0, 0, 0, 0];
    try {
      for (const file of files) {
        signal.throwIfAborted();
        const row = await importFile(cache, catalog, file, { folder, market: flags.market, now: io.now() });
        progress.advance(1, 0);
        if (row.status === 'imported') {
          [imported, rows] = [imported + 1, rows + row.rows];
          odd += row.conflicts + row.leftOut;
        } else refused++;
        if (flags.json === true) await io.out(jsonLine(row));
        else if (row.status === 'refused')
          io.err(`${row.code}: ${escapeTerminal(file)}: ${escapeTerminal(row.reason)}\n`);
        else for (const warning of importWarnings(row)) io.err(`warning: ${escapeTerminal(file)}: ${warning}\n`);
      }
    } finally {
      progress.stop();
    }
    if (flags.json !== true && flags.quiet !== true)
      await io.out(
        `${imported.toLocaleString('en-US')} files imported (${rows.toLocaleString('en-US')} rows), ${refused.toLocaleString('en-US')} refused.\n`,
      );
    return refused + odd > 0 ? EXIT.FINDINGS : EXIT.DONE;
  },
});
