import { EXIT } from '../../contract/exit-codes.ts';
import { CACHE, type CacheFlags } from '../../contract/flags.ts';
import { defineCommand } from '../define-command.ts';

export const sweep = defineCommand<CacheFlags, []>({
  brief: 'Removes leftovers of ended processes from the hidden folder; never rows',
  examples: [['sweep', 'prints what it removed']],
  parameters: { flags: CACHE },
  async run(io, flags) {
    const { assertThere, jsonLine, openCache } = await import('../../later/later.ts');
    const { cache } = openCache(flags, io, 'sweep');
    assertThere(cache);
    const { temporaryFiles, leases, notes } = await cache.sweep();
    if (flags.json === true) await io.out(jsonLine({ temporaryFiles, leases, notes }));
    else if (flags.quiet !== true)
      await io.out(
        `Removed ${String(temporaryFiles)} unfinished files, ${String(leases)} leases and ${String(notes)} notes of ended processes.\n`,
      );
    return EXIT.DONE;
  },
});
