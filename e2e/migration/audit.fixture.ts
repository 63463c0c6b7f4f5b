import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readArrowFile } from '@vision-cache/arrow-store';
import { barsOf } from './old-cache.fixture.ts';

/** An old file of a test, with the bars that it holds. */
export interface KnownFile {
  readonly path: string;
  readonly sha256: string;
  readonly symbol: string;
  readonly date: string;
  readonly bars: readonly number[];
  /** Added to every price. */
  readonly offset?: number;
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** SHA-256 of every file below a folder, whatever its name. */
function hashesBelow(root: string): Set<string> {
  const hashes = new Set<string>();
  if (!existsSync(root)) return hashes;
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) hashes.add(sha256Of(readFileSync(join(entry.parentPath, entry.name))));
  return hashes;
}

/** Whether the new tree holds every bar of a file, with its values. */
async function isInNew(to: string, { symbol, date, bars, offset }: KnownFile): Promise<boolean> {
  const { path, batch } = barsOf(symbol, '1h', date, bars, offset);
  if (!existsSync(join(to, path))) return false;
  try {
    const { columns } = await readArrowFile<never>(join(to, path));
    const theirs = columns as unknown as Record<string, Float64Array | BigInt64Array>;
    const rowAt = new Map([...(theirs['open_time'] as BigInt64Array)].map((time, row) => [time, row]));
    const ours = batch.columns as unknown as Record<string, Float64Array | BigInt64Array>;
    return [...(ours['open_time'] as BigInt64Array)].every((time, row) => {
      const at = rowAt.get(time);
      return (
        at !== undefined && ['open', 'high', 'volume', 'count'].every((name) => theirs[name]![at] === ours[name]![row])
      );
    });
  } catch {
    return false;
  }
}

export interface Audit {
  /** Files whose bytes stand nowhere, and whose rows the new tree does not hold. */
  readonly lost: string[];
  /** Files whose rows the new tree does not hold. */
  readonly notInNew: string[];
  /** Files that do not stand at their old place as they were. */
  readonly notInOld: string[];
}

/** Looks for every row of every old file, independently of the migrator. */
export async function audit(base: string, from: string, to: string, known: readonly KnownFile[]): Promise<Audit> {
  const hashes = hashesBelow(base);
  const [lost, notInNew, notInOld]: string[][] = [[], [], []];
  for (const file of known) {
    const isNew = await isInNew(to, file);
    if (!isNew) notInNew!.push(file.path);
    if (!isNew && !hashes.has(file.sha256)) lost!.push(file.path);
    const at = join(from, file.path);
    if (!existsSync(at) || sha256Of(readFileSync(at)) !== file.sha256) notInOld!.push(file.path);
  }
  return { lost: lost!, notInNew: notInNew!, notInOld: notInOld! };
}
