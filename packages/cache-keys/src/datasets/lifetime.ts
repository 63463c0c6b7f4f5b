import type { UtcDay } from '../time/calendar.ts';

/**
 * From when until when an archive was seen to have a dataset. A hint, which grows old: a listing of the dataset
 * confirms it or corrects it.
 */
export interface Lifetime {
  /** The first day that has a file; undefined if no file was ever seen. */
  readonly from?: UtcDay;
  /** The last day that has a file; undefined if the dataset is still published. */
  readonly to?: UtcDay;
  /** Parts of it in which files are missing, both days inclusive. */
  readonly without?: readonly { readonly from: UtcDay; readonly to: UtcDay; readonly what: string }[];
  /** The day on which this was looked up. */
  readonly asOf: UtcDay;
  /** The source of this information. */
  readonly source: string;
}

const DAY_MILLISECONDS = 86_400_000;
/** A listing that is older confirms no lifetime. */
const LIFETIME_CONFIRMED_DAYS = 30;

/**
 * Whether a lifetime says that a dataset has ended before a day. It is a hint: only a listing of at
 * most 30 days makes it evidence, as {@link confirmsLifetime} says.
 */
export function hasEndedBefore(lifetime: Lifetime | undefined, day: UtcDay): boolean {
  if (lifetime === undefined) return false;
  return lifetime.from === undefined || (lifetime.to !== undefined && lifetime.to < day);
}

/** Whether a listing confirms a lifetime: it is at most 30 days old. Both times are epoch milliseconds, UTC. */
export function confirmsLifetime(listedAt: number, now: number): boolean {
  const age = now - listedAt;
  return age >= 0 && age <= LIFETIME_CONFIRMED_DAYS * DAY_MILLISECONDS;
}
