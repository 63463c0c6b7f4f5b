import { defineCommand } from '../define-command.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags, words } from '../../contract/flags.ts';

interface InitFlags extends CacheFlags {
  readonly monthly?: readonly string[] | undefined;
}

export const init = defineCommand<InitFlags, []>({
  brief: 'Makes a cache, and records which intervals it keeps by the month',
  text: `A file for each day is what bars of a minute want; a year of daily bars is 365 files of one row then, and 12 by the
month. A cache makes itself when something is put into it, with everything up to 1d by the day; what is kept how can
be changed later with repack.`,
  examples: [
    ['init --monthly 1h,2h,4h,6h,8h,12h,1d', 'hours and days by the month'],
    ['init --monthly 1h..1d', 'the same'],
    ['init --cache ./data', 'as it is by default, in a folder of one’s own'],
  ],
  parameters: {
    flags: { monthly: words('INTERVAL', 'Intervals that are kept by the month; 1h..1d for all between'), ...CACHE },
  },
  async run(io, flags) {
    const { initRoot, jsonLine } = await import('../../later/later.ts');
    const made = await initRoot(flags, flags.monthly ?? [], io);
    if (flags.json === true) await io.out(jsonLine(made));
    else if (flags.quiet !== true)
      await io.out(
        `${made.cache}: ${made.monthly.length === 0 ? 'everything up to 1d is kept by the day' : `${made.monthly.join(', ')} are kept by the month`}.\n`,
      );
    return EXIT.DONE;
  },
});
