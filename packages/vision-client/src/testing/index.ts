export { forgetHosts } from '../http/rate-limiter.ts';
export { type AnswerOptions } from './archive-answer.ts';
export {
  type ArchiveServer,
  type ArchiveServerOptions,
  type SeenRequest,
  startArchiveServer,
} from './archive-server.ts';
export { type Fault, type FaultName, FaultPlan, type FaultRule, FAULTS } from './faults.ts';
export {
  type ChecksumForm,
  type FileIrregularity,
  type Irregularity,
  type IrregularitySelector,
  type MarketIrregularity,
} from './market/irregularity.ts';
export { type NatureFault } from './market/nature-faults.ts';
export { type SyntheticSymbol } from './market/listed-symbols.ts';
export { type ListedFile, type ListingQuery, type ObjectListing } from './files/object-listing.ts';
export type { RestMarket } from '../contract/rest-market.ts';
export type { RestResponse } from './rest-answer.ts';
export { type ArchiveObject } from './files/archive-objects.ts';
export { createSyntheticArchive, type SyntheticArchive, type SyntheticArchiveOptions } from './synthetic-archive.ts';
export { zipOf } from './files/zip-writer.ts';
