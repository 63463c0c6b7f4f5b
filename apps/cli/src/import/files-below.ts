import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKSUM_EXTENSION } from '@vision-cache/cache-keys';

/** Files below a folder that may hold rows, in the order of their names; what only goes with them is left out. */
export function* filesBelow(folder: string, as: 'vision' | 'csv' | undefined, prefix = ''): Generator<string> {
  const entries = readdirSync(join(folder, prefix), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(folder, as, path);
    else if (entry.isFile() && !path.endsWith(CHECKSUM_EXTENSION) && !entry.name.startsWith('.')) {
      const kind = path.endsWith('.zip') ? 'vision' : path.endsWith('.csv') ? 'csv' : undefined;
      if (as === undefined || as === kind) yield path;
    }
  }
}
