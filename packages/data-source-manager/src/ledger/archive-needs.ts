import { type CacheKey, type Catalog, spanOf } from '@vision-cache/cache-keys';
import { monthKeyFor } from '../query/month-key.ts';
import { intersection } from '../spans/spans.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { type Need, needWhere, objectStatus, type ObjectStatus } from './needs.ts';
import { objectOf } from './observation.ts';
import { stateOf } from './state-of.ts';

/** What matters of an archive to what it is asked for. */
interface Archive {
  readonly name: string;
  covers(key: CacheKey): boolean;
}

/** What of an entry an archive has not been asked for: by the day's own object, or by its month's where it has none. */
export function archiveNeedOf(
  ledger: Ledger,
  entry: LedgerEntry,
  archive: Archive,
  catalog: Catalog,
): Need | undefined {
  const { key, whole } = entry;
  if (whole.end > ledger.now || !archive.covers(key)) return undefined;
  const own = objectOf(key);
  const month = monthKeyFor(key, catalog);
  const monthSpan = month === undefined || !archive.covers(month) ? undefined : spanOf(month.date);
  const hasMonth = monthSpan !== undefined && monthSpan.end <= ledger.now;
  const object = month === undefined ? '' : objectOf(month);
  return needWhere(ledger, entry, (place, piece) => {
    if (
      ledger.isRefresh &&
      place.is === 'rows' &&
      entry.stored.some((span) => intersection(span, piece) !== undefined)
    ) {
      return false;
    }
    const status = objectStatus(ledger, entry, archive.name, own, whole, place);
    if (status === 'open') return true;
    if (status !== 'not-published' || !hasMonth) return false;
    return objectStatus(ledger, entry, archive.name, object, monthSpan, place) === 'open';
  });
}

/** What became of asking an archive for an object, as far as a need is concerned. */
export function objectStatusOf(ledger: Ledger, need: Need, source: string, key: CacheKey): ObjectStatus {
  const entry = ledger.entries[need.index]!;
  const statuses = new Set<ObjectStatus>();
  const [object, span] = [objectOf(key), spanOf(key.date)];
  for (const { start, end, value } of stateOf(ledger, entry).pieces) {
    if (!need.spans.some((each) => intersection(each, { start, end }) !== undefined)) continue;
    statuses.add(objectStatus(ledger, entry, source, object, span, value));
  }
  for (const status of ['open', 'failed', 'not-published'] as const) if (statuses.has(status)) return status;
  return 'no-rows';
}
