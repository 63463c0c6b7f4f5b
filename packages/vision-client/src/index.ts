export { type ChecksumFile, parseChecksumFile } from './checksum-file.ts';
export { decodeArchive, type DecodedArchive } from './decode-archive.ts';
export { decodeStream, type DecodeStreamOptions } from './decode-stream.ts';
export {
  type AnyVisionClientError,
  isVisionClientError,
  VisionClientError,
  type VisionClientErrorCode,
  type VisionClientErrorDetails,
} from './errors.ts';
export { type HttpOptions, type RetryOptions, type TimeoutOptions } from './http/options.ts';
export { type Availability, type ListedObject } from './listing/availability.ts';
export { type ListingObject, type ListingPage, parseListing } from './listing/listing-xml.ts';
export { type ParsedCsv, parseCsv } from './parse-csv.ts';
export { type DataQualityReport } from './quality.ts';
export { type TimestampUnit, timestampUnit } from './timestamp-unit.ts';
export { unzip, type Unzipped, type UnzipOptions } from './unzip.ts';
export {
  type ArchiveIntegrity,
  VISION_LISTING_URL,
  type VisionAnswer,
  VisionDataClient,
  type VisionDataClientOptions,
  type VisionFacts,
  type VisionFetchOptions,
  type VisionPartsAnswer,
  type VisionPartsOptions,
  type VisionQualityReport,
  type VisionSeries,
} from './vision-data-client.ts';
export { unzipStream } from './unzip-stream.ts';
