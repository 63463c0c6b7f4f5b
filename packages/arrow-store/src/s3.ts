export { BucketCacheManager, type BucketCacheManagerOptions } from './bucket-cache-manager.ts';
export { type BucketSaveResult } from './bucket/save-to-bucket.ts';
export { bucketCatalog } from './bucket/bucket-marker.ts';
export {
  ArrowStoreError,
  type ArrowStoreErrorCode,
  type ArrowStoreErrorDetails,
  isArrowStoreError,
} from './contract/errors.ts';
export {
  type FoundObject,
  type GetOptions,
  type ListOptions,
  type ObjectInfo,
  type ObjectOptions,
  type ObjectStore,
  type PutOptions,
} from './objects/object-store.ts';
export { type S3Credentials, type S3CredentialsProvider } from './s3/credentials.ts';
export { s3Objects } from './s3/s3-objects.ts';
export { type S3Options } from './s3/s3-options.ts';
