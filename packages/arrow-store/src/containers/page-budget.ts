import { MAX_TEXT, damaged } from './refusal.ts';
import { PHYSICAL, type Physical } from './parquet-encoding.ts';

/** Bytes of a value of each physical type where they are fixed; of a text, as much as one may have. */
const WIDTH: Readonly<Record<number, number>> = {
  [PHYSICAL.BOOLEAN]: 1,
  [PHYSICAL.INT32]: 4,
  [PHYSICAL.INT64]: 8,
  [PHYSICAL.INT96]: 12,
  [PHYSICAL.FLOAT]: 4,
  [PHYSICAL.DOUBLE]: 8,
  [PHYSICAL.BYTE_ARRAY]: MAX_TEXT + 4,
};
/** Levels and headers of a page, beside its values. */
const PAGE_BYTES = 1024;

/**
 * What the pages of one column may hold together, known before any is decompressed: the bytes of its values, once as
 * values and once as a dictionary. A page that claims more, or the same bytes read as page after page, ends here.
 */
export class PageBudget {
  #bytes: number;
  #entries: number;

  constructor(type: Physical, length: number, rows: number, groups: number) {
    const width = type === PHYSICAL.FIXED ? Math.min(length, MAX_TEXT) : (WIDTH[type] ?? MAX_TEXT);
    this.#bytes = 2 * rows * (width + 1) + (groups + 1) * 2 * PAGE_BYTES;
    this.#entries = rows + groups;
  }

  /** @param size of a page when it is decompressed */
  spend(size: number): void {
    this.#bytes -= size;
    if (this.#bytes < 0) throw damaged('a Parquet page is implausibly large');
  }

  /** @returns how many entries a dictionary may have at most */
  get mostEntries(): number {
    return this.#entries;
  }

  spendEntries(count: number): void {
    this.#entries -= count;
  }
}
