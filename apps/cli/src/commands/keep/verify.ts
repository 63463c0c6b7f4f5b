import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags } from '../../contract/flags.ts';
import { defineCommand } from '../define-command.ts';
import { SERIES_PATTERNS } from '../positionals.ts';

export const verify = defineCommand<CacheFlags, string[]>({
  brief: 'Checks every byte of the cache; changes nothing',
  text: 'Checks CRC, SHA-256, path and rows of each file. Exits with 1 if a file is damaged, unsealed, unreadable or foreign.',
  examples: [
    ['verify', 'everything'],
    ["verify 'BTC*' --json", 'one JSON object per file'],
  ],
  parameters: { flags: CACHE, positional: SERIES_PATTERNS },
  async run(io, flags, ...names) {
    const { assertThere, counted, foldersOf, jsonLine, openAnywhere, progressOn, escapeTerminal } =
      await import('../../later/later.ts');
    const { cache, catalog } = await openAnywhere(flags, io);
    assertThere(cache);
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
      await io.out(
        `${counted(good, 'file')} ${good === 1 ? 'is' : 'are'} right, ${bad.toLocaleString('en-US')} ${bad === 1 ? 'is' : 'are'} not.\n`,
      );
    return bad > 0 ? EXIT.FINDINGS : EXIT.DONE;
  },
});
