import { defineCommand } from '../define-command.ts';
import { ONE_SERIES } from '../positionals.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags } from '../../contract/flags.ts';

export const show = defineCommand<CacheFlags, [string]>({
  brief: 'Shows what the cache has of a series: a calendar, and the gaps with their reasons',
  examples: [
    ['show BTCUSDT/1m', 'one-minute bars of spot'],
    ['show um/fundingRate/BTCUSDT', 'another market and nature'],
    ['show BTCUSDT/1m --json', 'the coverage as JSON'],
  ],
  parameters: {
    flags: CACHE,
    positional: ONE_SERIES,
  },
  async run(io, flags, name) {
    const { calendarLines, coverageOfSeries, findSeries, jsonLine, openAnywhere } =
      await import('../../later/later.ts');
    const { cache, catalog } = await openAnywhere(flags, io);
    const series = await findSeries(cache, catalog, name);
    const coverage = await coverageOfSeries(cache, catalog, series, io.now());
    await io.out(flags.json === true ? jsonLine(coverage) : `${calendarLines(coverage).join('\n')}\n`);
    return EXIT.DONE;
  },
});
