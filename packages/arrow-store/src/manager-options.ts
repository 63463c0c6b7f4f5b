import type { CacheKey, Catalog } from '@vision-cache/cache-keys';
import type { Durability } from './disk/atomic-write.ts';
import type { FileSystem } from './disk/file-system.ts';
import type { VerifyPolicy } from './store/entry-reader.ts';

export interface UnifiedCacheManagerOptions {
  /** The folder of the cache, as a path or a `file:` URL; it is made by the first save. */
  readonly root: string | URL;
  /** Whether an entry that is not under its path is looked for under the old one. @default 'fallback' */
  readonly readLegacy?: 'fallback' | 'off';
  /** Where the old file of a key may lie, below the root. @default legacyCachePath(key) */
  readonly legacyPaths?: (key: CacheKey) => readonly string[];
  /** When the bytes of a file are checked against its seal: see `docs/cache-manager.md`. @default 'once' */
  readonly verify?: VerifyPolicy;
  /**
   * With `once`: how long after a file was verified it is verified again, behind a read of it. 0 is at each read.
   * @default 3_600_000
   */
  readonly verifyAgainAfterMs?: number;
  /** The datasets that are stored. @default BINANCE */
  readonly catalog?: Catalog;
  /** What a save waits for: that many saves, or each one, are on the disk, or nothing. @default 'group' */
  readonly durability?: Durability;
  /** How long a save waits for another process that saves the same entry. @default 60_000 */
  readonly leaseTimeoutMs?: number;
  /** How long who holds a fetch lease has to be silent, as a stopped process is, until others fetch too. @default 10_000 */
  readonly fetchSilenceMs?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** How leases of others are waited for. @default a timer */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** The calls that reach the disk. @default that of the machine */
  readonly fileSystem?: FileSystem;
}
