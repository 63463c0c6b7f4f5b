import { type CacheKey, spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import { dayKeysFor } from '../query/month-key.ts';
import { intersection } from '../spans/spans.ts';
import { isBlank, type Ledger, type LedgerEntry } from './ledger.ts';
import { type Need, needWhere, objectStatus, type ObjectStatus } from './needs.ts';
import { type Place, stateOf } from './state-of.ts';

/** What matters of an archive to what it is asked for. */
interface Archive {
  readonly name: string;
  covers(key: CacheKey): boolean;
}

/**
 * What of an entry an archive has not been asked for: by the object of its own day or month, by its month's where the day
 * has none, and by those of the days where a month has none.
 */
export function archiveNeedOf(ledger: Ledger, entry: LedgerEntry, archive: Archive): Need | undefined {
  const { key, whole } = entry;
  if (!archive.covers(key)) return undefined;
  const isOpen = (object: CacheKey, place: Place): boolean =>
    archive.covers(object) && objectStatus(ledger, entry, archive.name, object, spanOf(object.date), place) === 'open';
  return needWhere(ledger, entry, (place, piece) => {
    if (
      ledger.isRefresh &&
      place.is === 'rows' &&
      entry.stored.some((span) => intersection(span, piece) !== undefined)
    ) {
      return false;
    }
    const status = objectStatus(ledger, entry, archive.name, key, whole, place);
    if (status !== 'not-published') return status === 'open';
    const month = ledger.monthOf(key);
    if (month !== undefined) return isOpen(month, place);
    return dayKeysFor(key, piece, ledger.catalog).some((day) => isOpen(day, place));
  });
}

/** What became of asking an archive for an object, as far as a need is concerned. */
export function objectStatusOf(
  ledger: Ledger,
  need: Need,
  source: string,
  key: CacheKey,
  span: TimeSpan,
): ObjectStatus {
  const entry = ledger.entries[need.index]!;
  if (isBlank(entry)) return span.end > ledger.now ? 'not-published' : 'open';
  const statuses: ObjectStatus[] = [];
  for (const { start, end, value } of stateOf(ledger, entry).pieces) {
    if (!need.spans.some((each) => intersection(each, { start, end }) !== undefined)) continue;
    statuses.push(objectStatus(ledger, entry, source, key, span, value));
  }
  for (const status of ['open', 'failed', 'not-published'] as const) if (statuses.includes(status)) return status;
  return 'no-rows';
}
