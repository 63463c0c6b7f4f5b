export { type ChecksumFile, parseChecksumFile } from './archive/checksum-file.ts';
export { decodeArchive, type DecodedArchive } from './decode/decode-archive.ts';
export { decodeStream, type DecodeStreamOptions, type StreamOrder } from './decode/decode-stream.ts';
export {
  type AnyVisionClientError,
  isVisionClientError,
  VisionClientError,
  type VisionClientErrorCode,
  type VisionClientErrorDetails,
} from './contract/errors.ts';
export { type HttpOptions, type RetryOptions, type TimeoutOptions } from './http/options.ts';
export { type Availability, type ListedObject } from './listing/availability.ts';
export { type ListingObject, type ListingPage, parseListing } from './listing/listing-xml.ts';
export { type ParsedCsv, parseCsv } from './decode/parse-csv.ts';
export { type DataQualityReport } from './contract/quality.ts';
export { timestampUnit } from './csv/timestamp-unit.ts';
export { unzip, type Unzipped, type UnzipOptions } from './zip/unzip.ts';
export {
  type ArchiveIntegrity,
  VISION_LISTING_URL,
  type VisionAnswer,
  VisionDataClient,
  type VisionDataClientOptions,
  type VisionFacts,
  type VisionFetchOptions,
  type VisionListOptions,
  type VisionPartsAnswer,
  type VisionPartsOptions,
  type VisionQualityReport,
  type VisionSeries,
} from './vision-data-client.ts';
export { unzipStream } from './zip/unzip-stream.ts';
