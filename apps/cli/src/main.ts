#!/usr/bin/env node
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT } from './contract/exit-codes.ts';
import type { Io } from './contract/io.ts';
import { run } from './run.ts';
import { errorText, lostOutputText } from './text/tell-error.ts';

const folder = dirname(realpathSync(process.argv[1]!));

let isClosed = false;
let lost: NodeJS.ErrnoException | undefined;
// A reader that has seen enough, such as `head`, ends the output without a word; a full disk does not.
const close = (error: NodeJS.ErrnoException): void => {
  isClosed = true;
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') lost ??= error;
};
process.stdout.on('error', close);
process.stderr.on('error', () => undefined);

const io: Io = {
  out: (text) =>
    new Promise((resolve) => {
      if (isClosed) resolve(false);
      else
        process.stdout.write(text, (error) => {
          if (error) close(error);
          resolve(!isClosed);
        });
    }),
  err: (text) => void process.stderr.write(text),
  // Asked for only where it matters: the streams take their time to be made.
  get isTty() {
    return process.stderr.isTTY;
  },
  get isOutTty() {
    return process.stdout.isTTY;
  },
  get columns() {
    return process.stdout.isTTY ? process.stdout.columns : 80;
  },
  environment: process.env,
  stopSignal() {
    const stop = new AbortController();
    // The first signal stops in good order, the second at once.
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
    return stop.signal;
  },
  version: () => (JSON.parse(readFileSync(join(folder, '../package.json'), 'utf8')) as { version: string }).version,
  folder,
  now: clockOf(process.env['VISION_CACHE_NOW']),
};

/** A clock that stands still, for tests whose archive has one. */
function clockOf(text: string | undefined): () => number {
  const still = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(still) ? Date.now : () => still;
}

// Until it is known how it ended: a run that nothing is left to wait for has not ended well, nor one that Node would
// end with a code of its own.
process.exitCode = EXIT.FAILED;
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    io.err(errorText(error, 'short'));
    process.exit(EXIT.FAILED);
  });

void run(process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
  // Connections that are kept for the next request would keep the process, too.
  process.stdout.write('', () => {
    if (lost !== undefined) io.err(lostOutputText(lost));
    process.exit(lost === undefined ? code : EXIT.FAILED);
  });
});
