import { isCacheKeyError } from './errors.ts';

/** The code with which a call fails, or what it did instead. */
export function codeOf(call: () => unknown): string {
  try {
    call();
    return 'nothing thrown';
  } catch (error) {
    return isCacheKeyError(error) ? error.code : `not a CacheKeyError: ${String(error)}`;
  }
}
