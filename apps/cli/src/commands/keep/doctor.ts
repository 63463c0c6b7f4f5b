import { defineCommand } from '../define-command.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { type HostFlags, HOSTS } from '../../contract/flags.ts';

export const doctor = defineCommand<HostFlags, []>({
  brief: 'Checks for problems: permissions, disk, clock, hosts, foreign files',
  text: 'Exits with 1 if a check failed.',
  examples: [
    ['doctor', 'one line per check'],
    ['doctor --json', 'for a program'],
  ],
  parameters: { flags: HOSTS },
  async run(io, flags) {
    const { checks, compose, jsonLine } = await import('../../later/later.ts');
    const parts = await compose(flags, io, 'doctor');
    try {
      let isWell = true;
      for await (const row of checks(parts, io, io.stopSignal())) {
        isWell &&= row.status !== 'failed';
        await io.out(
          flags.json === true ? jsonLine(row) : `${row.status.padEnd(7)}  ${row.check.padEnd(9)}  ${row.message}\n`,
        );
      }
      return isWell ? EXIT.DONE : EXIT.FINDINGS;
    } finally {
      await parts.close();
    }
  },
});
