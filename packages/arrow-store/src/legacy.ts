export { type LegacyContainer, SNIFF_BYTES, sniffContainer } from './containers/sniff.ts';
export { type LegacyConflict } from './legacy/normalise.ts';
export {
  type DecodeLegacyOptions,
  decodeLegacyKlines,
  type LegacyRows,
  legacyRowCount,
  readLegacyKlines,
  type ReadLegacyOptions,
} from './legacy/read-legacy.ts';
