import { defineCommand } from '../define-command.ts';
import type { ExitCode } from '../../contract/exit-codes.ts';
import { COMMON, type CommonFlags, text } from '../../contract/flags.ts';
import type { Io } from '../../contract/io.ts';

/** The whole of the migrator's command line behind `migrate`. */
export async function runMigrate(args: readonly string[], io: Io): Promise<ExitCode> {
  const { loadMigrator, progressOn } = await import('../../later/later.ts');
  const migrator = await loadMigrator();
  return migrator.run(args, {
    program: 'vision-cache migrate',
    out: (line) => void io.out(line),
    err: io.err,
    isTty: io.isTty,
    stopSignal: io.stopSignal,
    progress: () => progressOn(io, { unit: 'files', quiet: false }),
  });
}

export const migrate = defineCommand<CommonFlags, string[]>({
  brief: 'Moves an old cache into this layout: plan, apply, verify, status, rollback, finish',
  text: 'Removes nothing unless you ask for it, and then only after reading the rows back. See also `migrate --help`.',
  examples: [
    ['migrate plan --from OLD --to NEW --out m.plan', 'scan, and write a plan for every file'],
    ['migrate apply m.plan', 'do it; if it stops, run it again'],
    ['migrate verify m.plan', 'compare every row with its old file'],
  ],
  parameters: {
    flags: COMMON,
    positional: {
      kind: 'array',
      parameter: { brief: 'Arguments of the migrator', parse: text, placeholder: 'ARGUMENT' },
    },
  },
  run: (io, _, ...args) => runMigrate(args, io),
});
