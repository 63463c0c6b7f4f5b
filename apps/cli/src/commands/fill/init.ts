import { defineCommand } from '../define-command.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags, words } from '../../contract/flags.ts';

interface InitFlags extends CacheFlags {
  readonly monthly?: readonly string[] | undefined;
}

export const init = defineCommand<InitFlags, []>({
  brief: 'Makes a cache that keeps some intervals by the month',
  text: `By default a cache keeps everything up to 1d in one file a day. That suits bars of a minute; a year of daily bars
would be 365 files of one row, or 12 if kept by the month. You need init only to change the default: other commands
make the cache when they need it, and repack can change it later.`,
  examples: [
    ['init --monthly 1h,2h,4h,6h,8h,12h,1d', 'hours and days by the month'],
    ['init --monthly 1h..1d', 'the same'],
    ['init --cache ./data', 'with the default, in your own folder'],
  ],
  parameters: {
    flags: { monthly: words('INTERVAL', 'Intervals to keep by the month; 1h..1d for all in between'), ...CACHE },
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
