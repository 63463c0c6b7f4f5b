import { parseLegacyPath } from '@vision-cache/cache-keys';

/** So many folders above a cache are tried: whoever plans too high is seldom further off. */
const MOST_ABOVE = 4;
const MOST_FOLDERS = 100;

/**
 * Folders below a root that look like the root of an old cache: what was left alone there would be an old file, if the
 * root were that folder. Memory does not grow with the number of files.
 */
export class CacheHints {
  private readonly files = new Map<string, number>();

  /** Takes in a path that is no old file of this root. */
  add(path: string): void {
    const parts = path.split('/');
    for (let above = 1; above <= MOST_ABOVE && above < parts.length - 1; above++) {
      if (parseLegacyPath(parts.slice(above).join('/')).status === 'unknown') continue;
      const folder = parts.slice(0, above).join('/');
      const known = this.files.get(folder);
      if (known !== undefined || this.files.size < MOST_FOLDERS) this.files.set(folder, (known ?? 0) + 1);
      return;
    }
  }

  /** The folders with how many files each, most first; nothing if there is none. */
  found(): { readonly caches?: Readonly<Record<string, number>> } {
    if (this.files.size === 0) return {};
    return { caches: Object.fromEntries([...this.files].sort(([, left], [, right]) => right - left)) };
  }
}
