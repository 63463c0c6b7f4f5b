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
  brief: 'Lists the archive’s symbols, also delisted ones, with first and last day',
  text: `It requests one page for each 1,000 symbols and one for each 1,000 days of a symbol. The cache keeps the list: within
an hour it sends no request, and later only for new symbols and those that were still traded. If a symbol was listed
more than once, --json shows each time.`,
  examples: [
    ['symbols', 'spot'],
    ['symbols --market um --at 2022-06-01', 'symbols of a day'],
    ['symbols --listed-between 2024-01-01 2024-02-01', 'symbols that were new in a month'],
    ['symbols --delisted --json', 'symbols that are no longer traded'],
  ],
  parameters: {
    flags: {
      market: word('MARKET', 'spot, um, cm or option (default: spot)'),
      nature: word('NATURE', 'klines, trades, aggTrades, fundingRate, … (default: klines)'),
      interval: word('INTERVAL', 'The interval whose days count (default: 1d)'),
      at: word('DATE', 'Only symbols that were traded on this UTC day'),
      listedBetween: words(
        'DATE',
        'Only symbols whose trading began between two days: from the first on, before the second',
      ),
      delisted: toggle('Only symbols whose trading has ended'),
      refresh: toggle('Request every symbol again, also ended ones'),
      ...HOSTS,
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'With --listed-between: the second day', parse: text, placeholder: 'DATE', optional: true },
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
      if (table.length === 0 && flags.quiet !== true) io.err('No symbol matches.\n');
      return EXIT.DONE;
    } finally {
      await parts.close();
    }
  },
});
