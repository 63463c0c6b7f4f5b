import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags } from '../../contract/flags.ts';
import { defineCommand } from '../define-command.ts';
import { SERIES_PATTERNS } from '../positionals.ts';

export const gaps = defineCommand<CacheFlags, string[]>({
  brief: 'Lists what is missing in the cache, with kind and evidence',
  text: `Looks from the first to the last day of each series and sends no requests; for trades it also lists missing ids.
Exits with 1 if something is missing.`,
  examples: [
    ['gaps', 'everything'],
    ['gaps BTCUSDT/1m --json', 'one JSON object per gap'],
  ],
  parameters: { flags: CACHE, positional: SERIES_PATTERNS },
  async run(io, flags, ...names) {
    const { assertThere, cachedSeries, coverageOfSeries, findAll, instantText, jsonLine, openAnywhere } =
      await import('../../later/later.ts');
    const { cache, catalog } = await openAnywhere(flags, io);
    assertThere(cache);
    const series = names.length === 0 ? cachedSeries(cache) : await findAll(cache, catalog, names);
    let number = 0;
    for await (const each of series) {
      for (const gap of (await coverageOfSeries(cache, catalog, each, io.now())).gaps) {
        number++;
        const line = `${each.name}  ${instantText(gap.from)} to ${instantText(gap.to)}  ${gap.kind}: ${gap.evidence}\n`;
        if (!(await io.out(flags.json === true ? jsonLine({ series: each.name, ...gap }) : line))) return EXIT.FINDINGS;
      }
    }
    if (number === 0 && flags.quiet !== true)
      io.err('Nothing is missing between the first and the last day of a series.\n');
    return number > 0 ? EXIT.FINDINGS : EXIT.DONE;
  },
});
