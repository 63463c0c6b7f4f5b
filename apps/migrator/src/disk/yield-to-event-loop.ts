import { setImmediate } from 'node:timers/promises';
import { MigratorError } from '../contract/migrator-error.ts';

/** Lets signals come in between pieces of work that wait for nothing. @throws {MigratorError} `E_ABORTED` */
export async function breathe(signal: AbortSignal | undefined, command: string): Promise<void> {
  await setImmediate();
  if (signal?.aborted === true) throw new MigratorError('E_ABORTED', `Stopped; ${command} goes on where it was.`, {});
}
