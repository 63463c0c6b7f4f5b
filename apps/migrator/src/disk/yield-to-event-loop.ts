import { setImmediate } from 'node:timers/promises';
import { MigratorError } from '../contract/migrator-error.ts';

/** Lets signals come in between pieces of work that wait for nothing. @throws {MigratorError} `E_ABORTED` */
export async function yieldToEventLoop(signal: AbortSignal | undefined, command: string): Promise<void> {
  await setImmediate();
  throwIfAborted(signal, command);
}

/** @throws {MigratorError} `E_ABORTED` */
export function throwIfAborted(signal: AbortSignal | undefined, command: string): void {
  if (signal?.aborted === true)
    throw new MigratorError('E_ABORTED', `Stopped; ${command} continues when you run it again.`, {});
}
