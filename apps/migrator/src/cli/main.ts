#!/usr/bin/env node
import { runCli } from './cli.ts';
import { EXIT } from '../contract/exit-codes.ts';

/** The first signal stops in good order, the second at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

let isOutputLost = false;

// A reader that has seen enough, such as `head`, ends the output and not the work. Where a disk does not take it, what was
// said is not there to be read: that is no success.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  if (!isOutputLost) process.stderr.write(`failed: the output cannot be written (${String(error.code)})\n`);
  isOutputLost = true;
  process.exitCode = EXIT.FAILED;
});
process.stderr.on('error', () => undefined);

// Until it is known how it ended: a run that nothing is left to wait for has not ended well.
process.exitCode = EXIT.FAILED;
void runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  // Asked for only where a bar may be shown: the stream takes its time to be made.
  get isTty() {
    return process.stderr.isTTY;
  },
  stopSignal,
}).then((code) => {
  process.exitCode = isOutputLost ? EXIT.FAILED : code;
});
