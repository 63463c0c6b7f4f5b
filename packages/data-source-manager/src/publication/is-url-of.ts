import { type CacheKey, visionFileStem } from '@vision-cache/cache-keys';

/** Whether a source's URL is that of a key's own object. */
export function isUrlOf(sourceUrl: string | undefined, key: CacheKey): boolean {
  return sourceUrl !== undefined && decoded(sourceUrl).endsWith(`${visionFileStem(key)}.zip`);
}

function decoded(url: string): string {
  try {
    return decodeURI(url);
  } catch {
    return url;
  }
}
