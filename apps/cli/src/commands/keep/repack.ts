import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags, toggle, words } from '../../contract/flags.ts';
import { UsageError } from '../../contract/usage-error.ts';
import { defineCommand } from '../define-command.ts';

interface RepackFlags extends CacheFlags {
  readonly monthly?: readonly string[] | undefined;
  readonly daily?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly takeOver?: boolean | undefined;
}

export const repack = defineCommand<RepackFlags, []>({
  brief: 'Changes which intervals are kept by the month, and moves the existing files',
  text: `Writes each new file, reads it back and compares it before it removes the old ones; readers miss nothing meanwhile. If
it is killed, run the same command again and it continues. Exits with 1 if files stay because they cannot be read.`,
  examples: [
    ['repack --monthly 1h..1d --dry-run', 'which series would move'],
    ['repack --monthly 1h..1d', 'hours and days by the month'],
    ['repack --daily', 'everything up to 1d by the day again'],
  ],
  stopped: 'Nothing is lost; run the same command again to continue.',
  parameters: {
    flags: {
      monthly: words('INTERVAL', 'Intervals to keep by the month; 1h..1d for all in between'),
      daily: toggle('None: everything up to 1d by the day'),
      dryRun: toggle('Only list what would move'),
      takeOver: toggle('Take the lock of a repack or migration that you know has ended'),
      ...CACHE,
    },
  },
  async run(io, flags) {
    const { monthly, daily = false, dryRun = false, takeOver = false } = flags;
    if (daily === (monthly !== undefined)) throw new UsageError('repack takes --monthly with intervals, or --daily.');
    const { assertThere, cacheRoot, counted, intervalsOf, jsonLine, progressOn, repackRoot } =
      await import('../../later/later.ts');
    const root = cacheRoot(flags, io, 'repack');
    assertThere({ root });
    const options = { root, monthly: intervalsOf(monthly ?? []), dryRun, takeOver };
    const progress = progressOn(io, { unit: 'files', quiet: flags.quiet === true || dryRun });
    let [series, entries, unreadable] = [0, 0, 0];
    progress.start(undefined, undefined);
    try {
      for await (const row of repackRoot({ ...options, signal: io.stopSignal() })) {
        series++;
        entries += row.entries;
        unreadable += row.unreadable;
        progress.advance(row.entries, 0);
        if (flags.json === true) await io.out(jsonLine(row));
        else if (flags.quiet !== true && dryRun)
          await io.out(`${row.outcome}  ${row.folder}  ${counted(row.entries, 'file')}\n`);
      }
    } finally {
      progress.stop();
    }
    if (flags.json !== true && flags.quiet !== true) {
      const did = dryRun ? 'would move' : 'moved';
      const left = unreadable === 0 ? '' : `; ${counted(unreadable, 'file')} cannot be read; verify says why`;
      io.err(`${counted(entries, 'file')} of ${String(series)} series ${did}${left}.\n`);
    }
    return unreadable > 0 ? EXIT.FINDINGS : EXIT.DONE;
  },
});
