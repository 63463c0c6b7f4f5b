import { defineCommand } from '../define-command.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags, text, toggle } from '../../contract/flags.ts';
import { pathToShow } from '../../text/path-to-show.ts';

interface LsFlags extends CacheFlags {
  readonly long?: boolean | undefined;
}

export const ls = defineCommand<LsFlags, [string?]>({
  brief: 'Lists the series in the cache, with first and last day and number of days',
  text: 'Uses only file names, and counts months if a series is kept by the month. --long reads each file and prints as it goes.',
  examples: [
    ['ls', 'everything'],
    ["ls 'um/*/1h'", 'a market and an interval'],
    ["ls 'BTC*' --long", 'with rows, bytes and gaps'],
    ['ls --json', 'one JSON object per line'],
  ],
  parameters: {
    flags: { long: toggle('With rows, bytes and the gaps within its files'), ...CACHE },
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'Parts of series names, with * and ?', parse: text, placeholder: 'PATTERN', optional: true },
      ],
    },
  },
  async run(io, flags, pattern) {
    const { cachedSeries, counted, jsonLine, longRow, openAnywhere, tableLines, unreadableLine } =
      await import('../../later/later.ts');
    const { cache } = await openAnywhere(flags, io);
    const rows: (string | number)[][] = [];
    const header = ['series', 'first', 'last', 'days'];
    let number = 0;
    if (flags.long === true && flags.json !== true)
      await io.out(`${[...header, 'rows', 'bytes', 'gaps'].map(padded).join('  ')}\n`);
    for await (const series of cachedSeries(cache, pattern)) {
      number++;
      const { name, dates } = series;
      const unit = dates[0]!.length === 'YYYY-MM'.length ? 'months' : 'days';
      const row = { series: name, first: dates[0]!, last: dates.at(-1)!, [unit]: dates.length };
      const cells = [name, dates[0]!, dates.at(-1)!, unit === 'days' ? dates.length : counted(dates.length, 'month')];
      let isHeard = true;
      if (flags.long === true) {
        const { unreadable, ...told } = await longRow(cache, series);
        isHeard = await io.out(
          flags.json === true
            ? jsonLine({ ...row, ...told, unreadable })
            : `${[...cells, ...Object.values(told)].map(padded).join('  ')}\n`,
        );
        if (unreadable > 0) io.err(unreadableLine(name, unreadable));
      } else if (flags.json === true) isHeard = await io.out(jsonLine(row));
      else rows.push(cells);
      if (!isHeard) return EXIT.DONE;
    }
    if (rows.length > 0) await io.out(`${tableLines(header, rows).join('\n')}\n`);
    if (number === 0 && flags.quiet !== true)
      io.err(
        pattern === undefined
          ? `The cache at ${pathToShow(cache.root)} is empty: "vision-cache sync BTCUSDT --interval 1m --from 2024-01-01" fills it.\n`
          : 'No series in the cache matches.\n',
      );
    return EXIT.DONE;
  },
});

const WIDTHS = [32, 10, 10, 9, 13, 15, 5];
const padded = (cell: string | number, column: number): string => {
  const shown = typeof cell === 'number' ? cell.toLocaleString('en-US') : cell;
  return column > 2 ? shown.padStart(WIDTHS[column]!) : shown.padEnd(WIDTHS[column]!);
};
