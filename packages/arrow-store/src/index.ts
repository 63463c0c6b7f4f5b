export { ArrowStoreError, type ArrowStoreErrorCode, type ArrowStoreErrorDetails, isArrowStoreError } from './errors.ts';
