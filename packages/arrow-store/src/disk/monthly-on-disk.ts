import { barsPerDay, ENTRY_EXTENSION, type Interval, INTERVALS } from '@vision-cache/cache-keys';
import type { Disk } from './disk.ts';

/** Exchange, market, nature, packaging frequency, symbol, interval. */
const LEVELS = 6;
const FREQUENCY = 3;

/**
 * The intervals of at most a day of which there are entries by the month, finest first: that is what a root keeps so
 * whose marker cannot be read any more. Folders are listed, and no file is opened.
 */
export function monthlyOnDisk(disk: Disk): readonly Interval[] {
  const found = new Set<string>();
  const walk = (folder: string, level: number): void => {
    const entries = disk.fileSystem.list(disk.absolute(folder));
    if (level === LEVELS) {
      const interval = folder.slice(folder.lastIndexOf('/') + 1);
      if (entries.some(({ name, kind }) => kind === 'file' && name.endsWith(ENTRY_EXTENSION))) found.add(interval);
      return;
    }
    for (const { name, kind } of entries) {
      if (kind !== 'folder' || name.startsWith('.') || (level === FREQUENCY && name !== 'monthly')) continue;
      walk(level === 0 ? name : `${folder}/${name}`, level + 1);
    }
  };
  walk('', 0);
  return INTERVALS.filter((interval) => found.has(interval) && barsPerDay(interval) !== undefined);
}
