import { type CacheKey, spanOf, type TimeSpan, type UtcMonth } from '@vision-cache/cache-keys';
import { objectStatusOf } from '../ledger/archive-needs.ts';
import { entriesWithin, type Ledger } from '../ledger/ledger.ts';
import type { Need, ObjectStatus } from '../ledger/needs.ts';
import { isOutsideOfDays, isPublished, type Listing } from '../publication/listing.ts';
import { MONTH_PUBLISHED_AFTER } from '../publication/publishing-delays.ts';
import { dayKeysFor } from '../query/month-key.ts';
import { clip } from '../spans/spans.ts';

const DAY = 86_400_000_000n;

/** One object of an archive to ask for, and the needs that it may satisfy. */
export interface ArchiveTask {
  readonly key: CacheKey;
  readonly needs: readonly Need[];
}

/** What of an archive matters to the plan. */
export interface ArchiveAbilities {
  readonly name: string;
  covers(key: CacheKey): boolean;
}

export interface ArchiveRoundInput {
  readonly ledger: Ledger;
  readonly needs: readonly Need[];
  readonly archive: ArchiveAbilities;
  readonly listing: Listing | undefined;
}

/** What to ask an archive for next. */
export interface ArchiveRound {
  /** In the order of time. */
  readonly tasks: readonly ArchiveTask[];
  /** Objects that are needed and that the listing does not have. */
  readonly unlisted: readonly { readonly key: CacheKey; readonly need: Need }[];
  /** Whether a listing would tell which months are worth asking for. */
  readonly wantsListing: boolean;
}

/**
 * Which objects to ask for next. A month's file is taken when at least half of its days are needed and it is published;
 * otherwise each day's. What a month's file lacks is asked for by the day, and what has no file of its own is looked for
 * in its month. Of a month that is kept whole and has no file yet its days are. Pure.
 */
export function planArchives(input: ArchiveRoundInput): ArchiveRound {
  const { ledger, archive, listing } = input;
  const tasks: ArchiveTask[] = [];
  const unlisted: { key: CacheKey; need: Need }[] = [];
  let wantsListing = false;
  for (const needs of byMonth(input.needs).values()) {
    const month = ledger.monthOf(needs[0]!.key);
    const ofAll = month === undefined ? needs[0]!.whole : spanOf(month.date);
    const open: Need[] = [];
    const others: Need[] = [];
    for (const need of needs) {
      const own = statusOf(input, need, need.key, need.whole);
      if (own === 'open') open.push(need);
      else if (own === 'not-published') others.push(need);
      if (own === 'not-published') byDay(input, need, tasks, unlisted);
    }
    const isMonthOpen = (need: Need): boolean =>
      month !== undefined && archive.covers(month) && statusOf(input, need, month, ofAll) === 'open';
    const published = month === undefined ? false : publication(month, listing, ledger.now);
    const wholes = open.filter((need) => need.why !== 'hole' && isMonthOpen(need));
    const ofMonth: Need[] = [];
    if (month !== undefined && published === true && isHalf(month, wholes.length)) ofMonth.push(...wholes);
    let hasDays = false;
    for (const need of open) {
      if (ofMonth.includes(need)) continue;
      if (isPublished(listing, need.key) !== false) {
        tasks.push({ key: need.key, needs: [need] });
        hasDays = true;
      } else {
        unlisted.push({ key: need.key, need });
        others.push(need);
      }
    }
    // An archive that fails on one of its days is not asked for all of the month where no day of its own would be,
    // unless a source of ranges that knows the symbol has nothing there: then the month alone can tell.
    const isFailing = month !== undefined && hasFailed(ledger, archive.name, ofAll);
    for (const need of others) {
      // Its days come first: one that fails tells that the archive is not well.
      if (month === undefined || hasDays || !isMonthOpen(need)) continue;
      if (isFailing && isOutsideOfDays(listing, need.key) && !isUnheld(ledger, need)) continue;
      if (published === false) unlisted.push({ key: month, need });
      else {
        ofMonth.push(need);
        wantsListing ||= published === undefined && listing === undefined;
      }
    }
    if (month !== undefined && ofMonth.length > 0) tasks.push({ key: month, needs: ofMonth });
  }
  return { tasks, unlisted, wantsListing };
}

/** The days of a month that is kept whole: those that are published, until its own file is. */
function byDay(
  input: ArchiveRoundInput,
  need: Need,
  tasks: ArchiveTask[],
  unlisted: { key: CacheKey; need: Need }[],
): void {
  const { ledger, archive, listing } = input;
  for (const key of need.spans.flatMap((span) => dayKeysFor(need.key, span, ledger.catalog))) {
    const day = spanOf(key.date);
    const part = { ...need, spans: clip(need.spans, day) };
    if (!archive.covers(key) || statusOf(input, part, key, day) !== 'open') continue;
    if (tasks.at(-1)?.key.date === key.date) continue; // Two pieces of one day.
    if (isPublished(listing, key) === false) unlisted.push({ key, need: part });
    else tasks.push({ key, needs: [part] });
  }
}

function hasFailed(ledger: Ledger, archive: string, month: TimeSpan): boolean {
  return entriesWithin(ledger, month).some(({ answers }) =>
    answers.some(({ type, question }) => type === 'failure' && question.source === archive),
  );
}

/** Whether a source of ranges answered that it has nothing of a need. */
const isUnheld = ({ entries }: Ledger, { index, spans }: Need): boolean =>
  entries[index]!.answers.some(
    (answer) =>
      answer.type === 'no-rows' &&
      answer.question.kind === 'range' &&
      answer.outcome === 'no-rows' &&
      clip(spans, answer.question.span).length > 0,
  );

const statusOf = ({ ledger, archive }: ArchiveRoundInput, need: Need, key: CacheKey, span: TimeSpan): ObjectStatus =>
  objectStatusOf(ledger, need, archive.name, key, span);

function isHalf(month: CacheKey, needed: number): boolean {
  const { start, end } = spanOf(month.date);
  return needed * 2 >= Number((end - start) / DAY);
}

/** Whether a month's file is published; undefined if neither its age nor a listing decides. */
function publication(month: CacheKey, listing: Listing | undefined, now: bigint): boolean | undefined {
  const listed = isPublished(listing, month);
  if (listed !== undefined) return listed;
  return spanOf(month.date).end + MONTH_PUBLISHED_AFTER <= now ? true : undefined;
}

function byMonth(needs: readonly Need[]): Map<UtcMonth, Need[]> {
  const months = new Map<UtcMonth, Need[]>();
  for (const need of needs) {
    const month = need.key.date.slice(0, 7);
    const of = months.get(month);
    if (of === undefined) months.set(month, [need]);
    else of.push(need);
  }
  return months;
}
