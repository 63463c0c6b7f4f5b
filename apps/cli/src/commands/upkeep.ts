import { defineCommand } from './define-command.ts';
import { EXIT } from '../contract/exit-codes.ts';
import { CACHE, type CacheFlags, type HostFlags, HOSTS, text, word } from '../contract/flags.ts';

const PATTERNS = {
  kind: 'array',
  parameter: {
    brief: 'Series or patterns, as ls prints them (default: everything)',
    parse: text,
    placeholder: 'SERIES',
  },
} as const;

export const verify = defineCommand<CacheFlags, string[]>({
  brief: 'Checks every byte of the cache anew; changes nothing',
  text: 'CRC, SHA-256, identity and rows of each file. Ends with 1 where a file is damaged, unsealed, unreadable or foreign.',
  examples: [
    ['verify', 'everything'],
    ["verify 'BTC*' --json", 'a JSON object a file'],
  ],
  parameters: { flags: CACHE, positional: PATTERNS },
  async run(io, flags, ...names) {
    const { foldersOf, jsonLine, openCache, progressOn, escapeTerminal } = await import('../later/later.ts');
    const { cache, catalog } = openCache(flags, io);
    const progress = progressOn(io, { unit: 'files', quiet: flags.quiet });
    let [good, bad] = [0, 0];
    progress.start(undefined, undefined);
    try {
      for (const folder of await foldersOf(cache, catalog, names)) {
        for await (const file of cache.verify(folder)) {
          progress.advance(1, 0);
          if (file.status === 'ok') good++;
          else bad++;
          const { status, path } = file;
          const code = 'code' in file ? file.code : undefined;
          const message = 'message' in file ? file.message : undefined;
          const row = {
            path,
            status,
            ...(file.status === 'ok' ? { rows: file.facts.rows, sha256: file.sha256 } : { code, message }),
          };
          if (flags.json === true) await io.out(jsonLine(row));
          else if (status !== 'ok')
            await io.out(`${status}  ${escapeTerminal(path)}${message === undefined ? '' : `  ${message}`}\n`);
        }
      }
    } finally {
      progress.stop();
    }
    if (flags.json !== true && flags.quiet !== true)
      await io.out(`${good.toLocaleString('en-US')} files are right, ${bad.toLocaleString('en-US')} are not.\n`);
    return bad > 0 ? EXIT.FINDINGS : EXIT.DONE;
  },
});

export const gaps = defineCommand<CacheFlags, string[]>({
  brief: 'Lists what is missing in the cache, with kind and evidence',
  text: 'From the first to the last day of each series, without asking anybody. Ends with 1 where something is missing.',
  examples: [
    ['gaps', 'of everything'],
    ['gaps BTCUSDT/1m --json', 'a JSON object a gap'],
  ],
  parameters: { flags: CACHE, positional: PATTERNS },
  async run(io, flags, ...names) {
    const { cachedSeries, coverageOfSeries, findAll, instantText, jsonLine, openCache } =
      await import('../later/later.ts');
    const { cache, catalog } = openCache(flags, io);
    const series = names.length === 0 ? cachedSeries(cache) : await findAll(cache, catalog, names);
    let number = 0;
    for await (const each of series) {
      for (const gap of (await coverageOfSeries(cache, catalog, each, io.now())).gaps) {
        number++;
        const line = `${each.name}  ${instantText(gap.from)} to ${instantText(gap.to)}  ${gap.kind}: ${gap.evidence}\n`;
        if (!(await io.out(flags.json === true ? jsonLine({ series: each.name, ...gap }) : line))) return EXIT.FINDINGS;
      }
    }
    if (number === 0 && flags.quiet !== true) io.err('Nothing is missing.\n');
    return number > 0 ? EXIT.FINDINGS : EXIT.DONE;
  },
});

interface AuditFlags extends HostFlags {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const audit = defineCommand<AuditFlags, string[]>({
  brief: 'Compares the cache with the archive, and fetches again what was published anew',
  text: `By ETags from the archive's listing, 500 files a request. Each revision is told: what it was, what it is, which rows
changed. Ends with 1 where there was one.`,
  examples: [
    ['audit', 'everything'],
    ['audit BTCUSDT/1m --from 2024-01-01', 'a series, from a day on'],
  ],
  stopped: 'What was fetched again is kept; run the same command again.',
  parameters: {
    flags: { from: word('TIME', 'First instant, UTC'), to: word('TIME', 'Last instant, UTC, exclusive'), ...HOSTS },
    positional: PATTERNS,
  },
  async run(io, flags, ...names) {
    const { auditRow, auditText, cachedSeries, compose, findAll, jsonLine } = await import('../later/later.ts');
    const parts = await compose(flags, io);
    try {
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

export const sweep = defineCommand<CacheFlags, []>({
  brief: 'Removes what ended processes left behind in the hidden folder; never rows',
  examples: [['sweep', 'says how much it was']],
  parameters: { flags: CACHE },
  async run(io, flags) {
    const { jsonLine, openCache } = await import('../later/later.ts');
    const { cache } = openCache(flags, io);
    const { temporaryFiles, leases, notes } = await cache.sweep();
    if (flags.json === true) await io.out(jsonLine({ temporaryFiles, leases, notes }));
    else if (flags.quiet !== true)
      await io.out(
        `Removed ${String(temporaryFiles)} unfinished files, ${String(leases)} leases and ${String(notes)} notes of ended processes.\n`,
      );
    return EXIT.DONE;
  },
});
