import { UnifiedCacheManager, isArrowStoreError } from '@vision-cache/arrow-store';

/** Removes what killed runs left of their writes. A cache that is kept by the month by now is swept by those who use it. */
export async function sweepRoot(root: string): Promise<'swept' | 'kept-otherwise'> {
  try {
    await new UnifiedCacheManager({ root }).sweep();
    return 'swept';
  } catch (error) {
    if (!isArrowStoreError(error) || error.code !== 'E_HOMES') throw error;
    return 'kept-otherwise';
  }
}
