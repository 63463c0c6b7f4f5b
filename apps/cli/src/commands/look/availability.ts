import { defineCommand } from '../define-command.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { type HostFlags, HOSTS, text, word, words } from '../../contract/flags.ts';
import { UsageError } from '../../contract/usage-error.ts';

interface AvailabilityFlags extends HostFlags {
  readonly market?: string | undefined;
  readonly nature?: string | undefined;
  readonly interval?: readonly string[] | undefined;
}

export const availability = defineCommand<AvailabilityFlags, [string]>({
  brief: 'Shows what the archive has for a symbol: first and last day, holes, bytes',
  examples: [
    ['availability BTCUSDT --interval 1m', 'by the day and by the month'],
    ['availability BTCUSDT', 'every interval'],
    ['availability um/fundingRate/BTCUSDT', 'a series by its name'],
  ],
  parameters: {
    flags: {
      market: word('MARKET', 'spot, um, cm or option (default: spot)'),
      nature: word('NATURE', 'klines, trades, aggTrades, fundingRate, … (default: klines)'),
      interval: words('INTERVAL', 'Only these intervals'),
      ...HOSTS,
    },
    positional: { kind: 'tuple', parameters: [{ brief: 'A symbol, or a series', parse: text, placeholder: 'SYMBOL' }] },
  },
  async run(io, flags, name) {
    const { availabilityRows, bytesText, composeAnywhere, counted, escapeTerminal, jsonLine, tableLines } =
      await import('../../later/later.ts');
    const parts = await composeAnywhere(flags, io);
    try {
      const table: (string | number)[][] = [];
      const unnamed: string[] = [];
      for await (const row of availabilityRows(parts, name, flags, io.stopSignal())) {
        if (flags.json === true) await io.out(jsonLine(row));
        const holes =
          row.holes.length === 0
            ? ''
            : `${String(row.holes.length)}: ${row.holes.slice(0, 4).join(', ')}${row.holes.length > 4 ? ', …' : ''}`;
        const { series, packagingFrequency, first = '', last = '', files, bytes } = row;
        table.push([series, packagingFrequency, first, last, files, bytesText(bytes), holes]);
        unnamed.push(...(row.unnamed ?? []));
      }
      if (table.length === 0) throw new UsageError(`The archive has nothing for ${name}.`, 'E_UNKNOWN_SYMBOL');
      if (flags.json !== true)
        await io.out(`${tableLines(['series', 'by', 'first', 'last', 'files', 'bytes', 'holes'], table).join('\n')}\n`);
      if (unnamed.length > 0 && flags.json !== true && flags.quiet !== true)
        io.err(
          `warning: ${counted(unnamed.length, 'file')} in the listing not recognised by name, the first ${escapeTerminal(unnamed[0]!)}\n`,
        );
      return EXIT.DONE;
    } finally {
      await parts.close();
    }
  },
});
