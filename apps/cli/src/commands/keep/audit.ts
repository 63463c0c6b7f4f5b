import { EXIT } from '../../contract/exit-codes.ts';
import { type HostFlags, HOSTS, word } from '../../contract/flags.ts';
import { defineCommand } from '../define-command.ts';
import { SERIES_PATTERNS } from '../positionals.ts';

interface AuditFlags extends HostFlags {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const audit = defineCommand<AuditFlags, string[]>({
  brief: 'Compares the cache with the archive, and fetches files that were published again',
  text: `Uses ETags from the archive's listing, 500 files a request. It reports each revision: the old file, the new file and
the rows that changed. Exits with 1 if there was one.`,
  examples: [
    ['audit', 'everything'],
    ['audit BTCUSDT/1m --from 2024-01-01', 'a series, from a day on'],
  ],
  stopped: 'What was fetched again is kept; run the same command again.',
  parameters: {
    flags: { from: word('TIME', 'First instant, UTC'), to: word('TIME', 'Last instant, UTC, exclusive'), ...HOSTS },
    positional: SERIES_PATTERNS,
  },
  async run(io, flags, ...names) {
    const { assertThere, auditRow, auditText, cachedSeries, composeAnywhere, findAll, jsonLine } =
      await import('../../later/later.ts');
    const parts = await composeAnywhere(flags, io);
    try {
      assertThere(parts.cache);
      const signal = io.stopSignal();
      const series = names.length === 0 ? cachedSeries(parts.cache) : await findAll(parts.cache, parts.catalog, names);
      let [revisions, failed] = [0, 0];
      for await (const each of series) {
        const row = await auditRow(parts.manager, each, flags, signal);
        revisions += row.revisions.length;
        failed += row.failed.length;
        if (flags.json === true) await io.out(jsonLine(row));
        else if (flags.quiet !== true) await io.out(auditText(row));
        for (const { date, error } of row.failed) io.err(`E_SOURCE_FAILED: ${row.series} ${date}: ${error}\n`);
      }
      if (failed > 0) return EXIT.FAILED;
      return revisions > 0 ? EXIT.FINDINGS : EXIT.DONE;
    } finally {
      await parts.close();
    }
  },
});
