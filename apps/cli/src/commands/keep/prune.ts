import { CACHE, type CacheFlags, text, toggle, word } from '../../contract/flags.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { UsageError } from '../../contract/usage-error.ts';
import { defineCommand } from '../define-command.ts';
import { SERIES_PATTERNS } from '../positionals.ts';

interface PruneFlags extends CacheFlags {
  readonly before?: string | undefined;
  readonly maxBytes?: string | undefined;
  readonly includingIrreplaceable?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

export const prune = defineCommand<PruneFlags, string[]>({
  brief: 'Frees disk space: removes days that can be downloaded again',
  text: `Needs at least one criterion, and only lists what it would remove unless you add --yes. It keeps rows that may not be
in any archive (from REST, an import or a migration) unless you add --including-irreplaceable, and always keeps files
that are being written. Exits with 1 if it kept something for these reasons.`,
  examples: [
    ['prune --before 2023-01-01', 'what would be removed'],
    ["prune '*/1m' --before 2023-01-01 --yes", 'one-minute bars of earlier years'],
    ['prune --max-bytes 20G --yes', 'the oldest days, until at most that much is left'],
  ],
  stopped: 'The files listed so far are removed; run the same command again.',
  parameters: {
    flags: {
      before: word('TIME', 'Days that end by this time, UTC'),
      maxBytes: {
        kind: 'parsed',
        parse: text,
        optional: true,
        placeholder: 'SIZE',
        brief: 'The oldest days, until at most this much is left: 500M, 20G',
      },
      includingIrreplaceable: toggle('Also rows that cannot be downloaded again'),
      yes: toggle('Do it'),
      ...CACHE,
    },
    positional: SERIES_PATTERNS,
  },
  async run(io, flags, ...names) {
    const { before, maxBytes: size, includingIrreplaceable = false, yes = false } = flags;
    if (before === undefined && size === undefined && names.length === 0)
      throw new UsageError('prune needs a criterion: --before, --max-bytes or series.');
    const maxBytes = size === undefined ? undefined : bytesOf(size);
    const { assertThere, bytesText, counted, escapeTerminal, findAll, jsonLine, openCache } =
      await import('../../later/later.ts');
    const { cache, catalog } = openCache(flags, io, 'prune');
    assertThere(cache);
    const series = names.length === 0 ? undefined : await findAll(cache, catalog, names);
    let [chosen, bytes, kept] = [0, 0, 0];
    const options = { includingIrreplaceable, dryRun: !yes, signal: io.stopSignal() };
    const criteria = {
      ...(before === undefined ? {} : { before }),
      ...(series === undefined ? {} : { series }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    };
    for await (const entry of cache.prune({ ...criteria, ...options })) {
      const { path, outcome } = entry;
      if (outcome === 'removed' || outcome === 'would-be-removed') [chosen, bytes] = [chosen + 1, bytes + entry.bytes];
      else kept++;
      if (flags.json === true) await io.out(jsonLine({ path, bytes: entry.bytes, outcome }));
      else if (flags.quiet !== true && (flags.verbose === true || !yes))
        await io.out(`${outcome}  ${escapeTerminal(path)}\n`);
    }
    if (flags.json !== true && flags.quiet !== true) {
      const done = yes ? 'are removed' : 'would be removed; --yes does it';
      io.err(
        `${counted(chosen, 'file')}, ${bytesText(bytes)}, ${done}${kept === 0 ? '' : `; ${counted(kept, 'file')} kept`}.\n`,
      );
    }
    return kept > 0 ? EXIT.FINDINGS : EXIT.DONE;
  },
});

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

function bytesOf(size: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(size) ?? [];
  if (number === undefined)
    throw new UsageError(`--max-bytes ${size} is not a size: use a number such as 500M or 20G.`);
  return Math.floor(Number(number) * UNITS[unit.toUpperCase()]!);
}
