import type { Catalog } from '@vision-cache/cache-keys';
import type { KeyQueue } from '../leases/key-queue.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { BucketMarker } from './bucket-marker.ts';
import type { BucketReader } from './bucket-reader.ts';
import type { LocalLevel } from './local-level.ts';

/** What the parts of a bucket's cache share. */
export interface BucketContext {
  readonly objects: ObjectStore;
  readonly catalog: Catalog;
  readonly reader: BucketReader;
  readonly local: LocalLevel;
  readonly marker: BucketMarker;
  readonly queue: KeyQueue;
}
