import type { KnownFacts, Quality, RowFindings } from '../contract/ports.ts';

const NAMES = [
  'duplicates',
  'conflicts',
  'zeroQuantity',
  'constantFlag',
  'frozenBands',
  'missingBands',
  'unsorted',
  'otherDay',
  'offGrid',
  'ohlcViolations',
] as const;

/** What a source noticed in its rows that is no gap; what does not occur is absent. */
export function qualityOf(findings: RowFindings): Quality {
  const counts: Record<string, number> = {};
  for (const name of NAMES) {
    const count = findings[name] ?? 0;
    if (count > 0) counts[name] = count;
  }
  return counts;
}

/** The counts of all entries together. */
export function sumQuality(entries: readonly KnownFacts[]): Quality {
  const sums: Record<string, number> = {};
  for (const facts of entries) {
    if (facts === undefined || facts.state === 'absent' || facts.quality === undefined) continue;
    for (const [name, count] of Object.entries(facts.quality)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

/** What each count is a count of. */
const WORDS: Readonly<Record<string, string>> = {
  duplicates: 'rows that came twice and are kept once',
  conflicts: 'rows that came again with other values and were dropped',
  zeroQuantity: 'trades of quantity 0',
  constantFlag: 'rows of files in which is_buyer_maker never changes',
  frozenBands: 'bands of the book that never change within their file',
  missingBands: 'rows that snapshots of the book lack of the bands in their file',
  unsorted: 'rows that were out of time order and were sorted',
  otherDay: 'rows of another day or month than their file, which were dropped',
  offGrid: 'bars that begin off the grid of their interval, which are kept',
  ohlcViolations: 'bars with an impossible high, low or volume, which are kept',
  healed: 'damaged entries of the cache that were repaired',
  damaged: 'damaged entries of the cache that were moved aside and are missing',
};

/** All counts as one sentence; undefined if there are none. */
export function qualityWarning(quality: Quality): string | undefined {
  const told = Object.entries(quality).filter(([, count]) => count > 0);
  if (told.length === 0) return undefined;
  return `Odd, but not gaps: ${told.map(([name, count]) => `${count} ${WORDS[name] ?? name}`).join(', ')}.`;
}
