import { EXIT as OF_ALL_COMMANDS } from '@vision-cache/migrator/exit-codes';

/** How a command ended, for scripts and schedulers: the migrator's table, which serves all commands. */
export const EXIT = OF_ALL_COMMANDS;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
