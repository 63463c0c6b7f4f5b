import { parentPort } from 'node:worker_threads';
import type { DecodeAnswer, DecodeJob } from './decode-ahead.ts';
import { decodeSource } from './read-source.ts';

/** The other thread of {@link DecodeAhead}: what it cannot decode, the first thread decodes and says why. */
function decode({ bytes, planned }: DecodeJob): DecodeAnswer {
  try {
    return decodeSource(bytes, planned);
  } catch {
    return undefined;
  }
}

parentPort?.on('message', (jobs: readonly DecodeJob[]) => {
  parentPort?.postMessage(jobs.map(decode));
});
