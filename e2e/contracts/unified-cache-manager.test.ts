import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cachePath } from '@vision-cache/cache-keys';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachePortContract } from './cache-port-contract.ts';

for (const durability of ['none', 'group', 'entry'] as const) {
  cachePortContract(`UnifiedCacheManager (durability ${durability})`, () => {
    const root = mkdtempSync(join(tmpdir(), 'vision-cache-contract-'));
    const now = (): number => Date.parse('2024-06-01T00:00:00Z');
    return {
      cache: new UnifiedCacheManager({ root, durability, now }),
      again: () => new UnifiedCacheManager({ root, durability, now }),
      damage: (key) => {
        const path = join(root, cachePath(key));
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(path, bytes);
      },
      close: () => {
        rmSync(root, { recursive: true, force: true });
      },
    };
  });
}
