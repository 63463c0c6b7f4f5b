import { EXIT } from '../../contract/exit-codes.ts';
import { type HostFlags, HOSTS, text, toggle, word, words } from '../../contract/flags.ts';
import { UsageError } from '../../contract/usage-error.ts';
import { defineCommand } from '../define-command.ts';

interface SymbolsFlags extends HostFlags {
  readonly market?: string | undefined;
  readonly nature?: string | undefined;
  readonly interval?: string | undefined;
  readonly at?: string | undefined;
  readonly listedBetween?: readonly string[] | undefined;
  readonly delisted?: boolean | undefined;
  readonly refresh?: boolean | undefined;
}

export const symbols = defineCommand<SymbolsFlags, [string?]>({
  brief: 'Lists the symbols that the archive has, with first and last day, delisted ones too',
  text: `A page of names for each 1,000 symbols, and one for each 1,000 days of a symbol. The cache keeps the list: within an hour
nobody is asked, and later only for new symbols and those that were still traded. A symbol that was listed again has
its stretches in --json.`,
  examples: [
    ['symbols', 'spot'],
    ['symbols --market um --at 2022-06-01', 'who was there on a day'],
    ['symbols --listed-between 2024-01-01 2024-02-01', 'who came within a month'],
    ['symbols --delisted --json', 'who is gone'],
  ],
  parameters: {
    flags: {
      market: word('MARKET', 'spot, um, cm or option (default: spot)'),
      nature: word('NATURE', 'klines, trades, aggTrades, fundingRate, … (default: klines)'),
      interval: word('INTERVAL', 'Whose days are told (default: 1d)'),
      at: word('DATE', 'Only those that were traded on that UTC day'),
      listedBetween: words('DATE', 'Only those whose trading began from this day on, and before the one that follows'),
      delisted: toggle('Only those whose trading has ended'),
      refresh: toggle('Ask for every symbol anew, also for those that had ended'),
      ...HOSTS,
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'With --listed-between: the day before which', parse: text, placeholder: 'DATE', optional: true },
      ],
    },
  },
  async run(io, flags, end) {
    const [from, until = end] = flags.listedBetween ?? [];
    if (from === undefined ? end !== undefined : until === undefined)
      throw new UsageError('--listed-between takes two days: --listed-between 2024-01-01 2024-02-01.');
    const { composeAnywhere, jsonLine, progressOn, tableLines, utcDay } = await import('../../later/later.ts');
    const [at, first, last] = [flags.at, from, until].map((day) => (day === undefined ? undefined : utcDay(day)));
    if (first !== undefined && last! <= first)
      throw new UsageError(`--listed-between takes the earlier day first: ${last!} is not after ${first}.`);
    const parts = await composeAnywhere(flags, io);
    try {
      const { market: marketType, nature: dataNature, interval, refresh: anew } = flags;
      const progress = progressOn(io, { unit: 'symbols', quiet: flags.quiet });
      let told = 0;
      const onProgress = ({ done, total }: { readonly done: number; readonly total: number }): void => {
        if (told === 0) progress.start(total, undefined);
        progress.advance(done - told, 0);
        told = done;
      };
      const asked = parts.manager.symbols(
        { marketType, dataNature, interval },
        { signal: io.stopSignal(), anew, onProgress },
      );
      const { symbols: rows } = await asked.finally(() => {
        if (told > 0) progress.stop();
      });
      const table: string[][] = [];
      for (const row of rows) {
        if (flags.delisted === true && !row.delisted) continue;
        if (at !== undefined && !row.lives.some((life) => life.first <= at && at <= life.last)) continue;
        if (first !== undefined && !row.lives.some((life) => life.first >= first && life.first < last!)) continue;
        if (flags.json === true && !(await io.out(jsonLine(row)))) return EXIT.DONE;
        const again = row.lives.length > 1 ? `listed ${String(row.lives.length)} times` : '';
        table.push([
          row.symbol,
          row.first,
          row.last,
          [row.delisted ? 'delisted' : '', again].filter((part) => part !== '').join(', '),
        ]);
      }
      if (flags.json !== true && table.length > 0)
        await io.out(`${tableLines(['symbol', 'first', 'last', ''], table).join('\n')}\n`);
      if (table.length === 0 && flags.quiet !== true) io.err('No symbol is meant by that.\n');
      return EXIT.DONE;
    } finally {
      await parts.close();
    }
  },
});
