import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { PlanResult } from '../commands/plan.ts';
import { bytesText, secondsText } from '../shown.ts';
import { isFile } from '../migration-plan.ts';
import { planLines } from '../plan-file.ts';

/** What a plan needs of this machine, which the plan itself does not hold. */
export interface PlanExtras {
  readonly neededBytes: number;
  readonly freeBytes: number;
  readonly seconds: number;
  readonly lines: readonly string[];
}

/** A row takes 88 bytes in the new form; in snappy or LZ4 it took 40 to 80, in Zstandard less. */
const GROWTH: Readonly<Record<string, number>> = { parquet: 2.2 };
/** What an entry takes besides its rows. */
const OVERHEAD = 4096;
/** Measured on two shared cores with waiting for the disk: see tools/bench/migrate.mjs. */
const FILES_PER_SECOND = 700;
const BYTES_PER_SECOND = 150e6;

export function planExtras({ header, totals }: PlanResult, path: string): PlanExtras {
  let neededBytes = 0;
  for (const line of planLines(path)) {
    if (isFile(line) && line.fate === 'migrate') neededBytes += line.size * (GROWTH[line.container] ?? 1.1) + OVERHEAD;
  }
  let folder = header.to;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  const seconds = totals.migrate / FILES_PER_SECOND + totals.bytes / BYTES_PER_SECOND;
  const lines = [
    `disk: about ${bytesText(Math.round(neededBytes))} needed at the new place, ${bytesText(freeBytes)} free; --remove-old frees none before finish`,
    `time: about ${secondsText(seconds)}`,
  ];
  if (neededBytes > freeBytes) lines.push('WARNING: the new place has too little room.');
  return { neededBytes: Math.round(neededBytes), freeBytes, seconds, lines };
}
