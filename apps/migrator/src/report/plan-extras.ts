import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { PlanResult } from '../commands/plan.ts';
import { bytesText, secondsText } from './units.ts';

/** What a plan needs of this machine, which the plan itself does not hold. */
export interface PlanExtras {
  readonly neededBytes: number;
  readonly freeBytes: number;
  readonly seconds: number;
  readonly lines: readonly string[];
}

/** Measured on two shared cores with waiting for the disk: see tools/bench/migrate.bench.mjs. */
const FILES_PER_SECOND = 2000;
const BYTES_PER_SECOND = 400e6;

export function planExtras({ header, totals }: PlanResult): PlanExtras {
  const neededBytes = totals.needed;
  let folder = header.to;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  const seconds = totals.migrate / FILES_PER_SECOND + totals.bytes / BYTES_PER_SECOND;
  const lines = [
    `disk: about ${bytesText(neededBytes)} needed at the new place, ${bytesText(freeBytes)} free; --remove-old frees none before finish`,
    `time: ${secondsText(seconds)}`,
  ];
  if (neededBytes > freeBytes) lines.push('WARNING: the new place has too little space.');
  return { neededBytes, freeBytes, seconds, lines };
}
