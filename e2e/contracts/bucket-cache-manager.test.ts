import { BucketCacheManager } from '@vision-cache/arrow-store/s3';
import { cachePath } from '@vision-cache/cache-keys';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachePortContract } from './cache-port-contract.ts';
import { MemoryObjects } from './memory-objects.ts';

for (const kind of ['without copies', 'with copies'] as const) {
  cachePortContract(`BucketCacheManager (${kind})`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'vision-cache-bucket-contract-'));
    const objects = new MemoryObjects();
    const now = (): number => Date.parse('2024-06-01T00:00:00Z');
    const copies = kind === 'with copies' ? { folder: join(folder, 'copies'), maxBytes: 100_000 } : undefined;
    const open = () => new BucketCacheManager({ objects, local: join(folder, 'local'), copies, now });
    return {
      cache: open(),
      again: open,
      damage: (key) => {
        const { bytes } = objects.stored.get(cachePath(key))!;
        bytes[bytes.length >> 1]! ^= 1;
        objects.stored.set(cachePath(key), { bytes, etag: 'damaged' });
      },
      close: () => {
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
}
