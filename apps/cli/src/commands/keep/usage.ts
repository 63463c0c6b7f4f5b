import { CACHE, type CacheFlags } from '../../contract/flags.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { defineCommand } from '../define-command.ts';
import { SERIES_PATTERNS } from '../positionals.ts';

export const usage = defineCommand<CacheFlags, string[]>({
  brief: 'Shows how much disk each series takes: files, rows, bytes',
  text: 'These are file sizes; a file system uses whole blocks, often of 4 KiB. prune frees space.',
  examples: [
    ['usage', 'everything, with the sum'],
    ["usage '*/1m' --json", 'one JSON object per series'],
  ],
  parameters: { flags: CACHE, positional: SERIES_PATTERNS },
  async run(io, flags, ...names) {
    const { assertThere, bytesText, foldersOf, jsonLine, openCache, seriesName, tableLines, unreadableLine } =
      await import('../../later/later.ts');
    const { cache, catalog } = openCache(flags, io, 'usage');
    assertThere(cache);
    const table: (string | number)[][] = [];
    const sum = { entries: 0, rows: 0, bytes: 0 };
    for (const folder of await foldersOf(cache, catalog, names)) {
      for await (const series of cache.usage(folder)) {
        const { first, last, entries, rows, bytes, unreadable } = series;
        const name = seriesName(series);
        if (
          flags.json === true &&
          !(await io.out(jsonLine({ series: name, first, last, entries, rows, bytes, unreadable })))
        )
          return EXIT.DONE;
        if (unreadable > 0) io.err(unreadableLine(name, unreadable));
        table.push([name, first, last, entries, rows, bytesText(bytes)]);
        sum.entries += entries;
        sum.rows += rows;
        sum.bytes += bytes;
      }
    }
    if (flags.json !== true) {
      table.push([`all ${String(table.length)}`, '', '', sum.entries, sum.rows, bytesText(sum.bytes)]);
      await io.out(`${tableLines(['series', 'first', 'last', 'files', 'rows', 'bytes'], table).join('\n')}\n`);
    }
    return EXIT.DONE;
  },
});
