import type { Activity, SourceActivity } from '../contract/answer.ts';
import { hasPlaces } from '../spans/grid-places.ts';
import { intersection } from '../spans/spans.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { isNeededBy } from './open-sources.ts';

/** The entries that a source was needed for, by index, as it was when the request began. */
export function missesOf(ledger: Ledger): ReadonlySet<number> {
  const misses = new Set<number>();
  for (const entry of ledger.entries) {
    if (ledger.sources.some((source) => isNeededBy(ledger, entry, source))) misses.add(entry.index);
  }
  return misses;
}

/** Reads the activity off the ledger: each entry is a hit, a miss, absent, or nothing of it has closed. */
export function activityOf(
  ledger: Ledger,
  misses: ReadonlySet<number>,
  sources: ReadonlyMap<string, SourceActivity>,
): Activity {
  const hitsByLayout = { new: 0, old: 0 };
  let absent = 0;
  for (const entry of ledger.entries) {
    if (misses.has(entry.index) || !hasClosed(ledger, entry)) continue;
    const { facts, month } = entry;
    if (facts !== undefined && facts.state !== 'absent') hitsByLayout[facts.layout]++;
    else if (facts !== undefined || month !== undefined) absent++;
  }
  return {
    hits: hitsByLayout.new + hitsByLayout.old,
    misses: misses.size,
    absent,
    hitsByLayout,
    sources: Object.fromEntries(sources),
  };
}

function hasClosed(ledger: Ledger, { wanted }: LedgerEntry): boolean {
  if (wanted === undefined) return false;
  const closed = intersection(wanted, { start: wanted.start, end: ledger.closed });
  return closed !== undefined && hasPlaces(ledger.query.interval, closed);
}
