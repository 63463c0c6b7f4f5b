#!/usr/bin/env node
import { runCli } from './cli.ts';
import { EXIT } from '../contract/exit-codes.ts';

/** The first signal stops in good order, the second at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

// A reader that has seen enough, such as `head`, ends the output and not the work.
process.stdout.on('error', () => undefined);

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
  process.exitCode = code;
});
