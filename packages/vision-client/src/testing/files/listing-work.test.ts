import { describe, expect, it } from '@jest/globals';
import { listingsOf } from '../market/listed-symbols.ts';
import { foldersBelow, keyFolders, listedFolders } from './archive-folders.ts';
import { createArchiveObjects } from './archive-objects.ts';
import { createArchiveText } from './archive-text.ts';
import { listingSteps } from './object-listing.ts';
import { createPublication } from './publication.ts';

const NOW = Date.parse('2025-06-01') * 1000;

/** An archive of all symbols of spot that counts the files that are made for a listing, and their bytes. */
function counted() {
  const made = { files: 0, bytes: 0 };
  const listings = listingsOf(Array.from({ length: 1559 }, (_, at) => `S${at}USDT`));
  const now = () => NOW;
  const plain = createArchiveText({ seed: 1, eventsPerDay: 2000, headersFrom: '2022-01-01', irregularities: [], listings, now }); // prettier-ignore
  const text: typeof plain = {
    ...plain,
    fileText: (key, listing) => {
      const content = plain.fileText(key, listing);
      made.files++;
      made.bytes += content.length;
      return content;
    },
  };
  const publication = createPublication({ text, dailyDelayHours: 4, monthlyDelayHours: 72, lastEnd: Infinity, now });
  const objects = createArchiveObjects(text, publication, 1);
  const folders = listedFolders(
    keyFolders(listings.values(), () => NOW),
    text,
    publication,
    objects,
  );
  const list = (prefix: string, marker = '') => {
    const steps = listingSteps(foldersBelow(folders, prefix), { prefix, marker });
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
    }
  };
  return { made, list };
}

describe('the first listing of a symbol and an interval', () => {
  // A page names 500 files of up to 12 MB of text. It is made of one sample for each era of prices that it shows.
  it.each([
    ['1m', 250_000],
    ['1h', 5000],
    ['1s', 12_000_000],
    ['1d', 3000],
  ] as const)('of %s makes one file, and all of its pages four', (interval, bytes) => {
    const { made, list } = counted();
    const first = list(`data/spot/daily/klines/S7USDT/${interval}/`);
    expect(first.contents).toHaveLength(1000);
    expect(made.files).toBe(1);
    expect(made.bytes).toBeLessThanOrEqual(bytes);
    for (let page = first; page.isTruncated; page = list(page.query.prefix, page.contents.at(-1)!.key)) continue;
    const all = { ...made };
    expect(all.files).toBeLessThanOrEqual(4);
    list(`data/spot/daily/klines/S7USDT/${interval}/`);
    expect(made).toEqual(all);
  });
});
