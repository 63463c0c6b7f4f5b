import { DATASETS } from '@vision-cache/cache-keys';
import { isArrowStoreError } from '../contract/errors.ts';
import { mutations } from './mutate.fixture.ts';
import { decodeLegacyKlines } from './read-legacy.ts';

export interface Worst {
  /** Of the processor, not of the clock: others may use the machine as well. */
  readonly milliseconds: number;
  readonly read: number;
  readonly refused: number;
  /** What was thrown that is no error of this package. */
  readonly uncoded: readonly string[];
}

/** Reads many mutations of a file, and tells the slowest. */
export function readMutations(original: Uint8Array, count: number, seed: number): Worst {
  const dataset = DATASETS['binance/spot/klines'];
  let [milliseconds, read, refused] = [0, 0, 0];
  const uncoded: string[] = [];
  for (const bytes of mutations(original, count, seed)) {
    const before = process.cpuUsage();
    try {
      decodeLegacyKlines(bytes, { dataset, interval: '1h' });
      read++;
    } catch (error) {
      refused++;
      if (!isArrowStoreError(error)) uncoded.push(String(error));
    }
    milliseconds = Math.max(milliseconds, process.cpuUsage(before).user / 1000);
  }
  return { milliseconds, read, refused, uncoded };
}
