import type { CacheKey, TimeSpan } from '@vision-cache/cache-keys';
import { closedUntil } from '../query/closed-until.ts';
import { gapKind, OFF_GRID } from './coverage.ts';
import type { AbsentFacts, EntryFacts, KnownFacts } from '../contract/ports.ts';
import { wholePlaces } from '../spans/grid-places.ts';
import type { ParsedQuery } from '../query/query.ts';
import { clip, intersection, subtract } from '../spans/spans.ts';

/** An entry of which rows are wanted, could be had, and are not there. */
export interface Need {
  /** Of the key, among the query's. */
  readonly index: number;
  readonly key: CacheKey;
  /** Its day or month. */
  readonly whole: TimeSpan;
  /** What is missing, in order: within the query, and closed by now. */
  readonly spans: readonly TimeSpan[];
  /** `hole`: only rows within an entry that is otherwise there. */
  readonly why: 'unknown' | 'partial' | 'degraded' | 'hole' | 'refresh';
  /** Names of the sources that have been asked for it and are not asked again. */
  readonly asked: readonly string[];
}

export interface NeedsOptions {
  /** Epoch microseconds, UTC. */
  readonly now: bigint;
  /** Ask again for what is there, too. @default false */
  readonly refresh?: boolean | undefined;
}

/** What a query needs beyond what the cache is known to have. Pure; with everything there it is empty. */
export function needsOf(query: ParsedQuery, facts: readonly KnownFacts[], options: NeedsOptions): Need[] {
  const { keys, wholes, span, interval } = query;
  const closed = closedUntil(interval, options.now, span, keys[0]?.packagingFrequency);
  const needs: Need[] = [];
  for (let index = 0; index < keys.length; index++) {
    const known = facts[index];
    if (options.refresh !== true && known?.state === 'complete' && known.holes.length === 0) continue;
    const key = keys[index]!;
    const whole = wholes[index]!;
    const part = intersection(whole, { start: span.start, end: closed });
    if (part === undefined) continue;
    // A part of a bar is no bar: what is asked for, stored and explained are whole ones.
    const wanted = wholePlaces(interval, part, whole);
    if (options.refresh === true) {
      needs.push({ index, key, whole, spans: [wanted], why: 'refresh', asked: [] });
      continue;
    }
    const need = needOf(known, wanted, options.now);
    if (need !== undefined) needs.push({ index, key, whole, ...need });
  }
  return needs;
}

function needOf(known: KnownFacts, wanted: TimeSpan, now: bigint): Pick<Need, 'spans' | 'why' | 'asked'> | undefined {
  if (known === undefined) return { spans: [wanted], why: 'unknown', asked: [] };
  if (known.state === 'absent') {
    const asked = isBelieved(known, now) ? sourcesAsked(known.source) : [];
    return { spans: [wanted], why: 'unknown', asked };
  }
  if (known.state === 'degraded') return { spans: [wanted], why: 'degraded', asked: [] };
  const missing = subtract([wanted], known.spans);
  const holes = unexplainedHoles(known, wanted);
  if (missing.length > 0) return { spans: subtract([...missing, ...holes], []), why: 'partial', asked: [] };
  return holes.length === 0 ? undefined : { spans: holes, why: 'hole', asked: [known.source] };
}

/** Not after its time, and not before it either: a clock that was years ahead must not be believed for years. */
export function isBelieved({ askedAt, believedUntil }: AbsentFacts, now: bigint): boolean {
  return askedAt <= now && now < believedUntil;
}

/** Holes that a source which was not asked may fill: nobody has explained them, or only their archive was there. */
export function unexplainedHoles(facts: EntryFacts, within: TimeSpan): TimeSpan[] {
  const open = facts.holes.filter(({ kind }) => {
    if (kind === OFF_GRID) return false;
    const known = gapKind(kind);
    return known === undefined || known === 'publisher-hole' || known === 'source-failed' || known === 'not-cached';
  });
  return clip(open, within);
}

/** An absence names all the sources that were asked in one text, so that a new one is asked all the same. */
function sourcesAsked(source: string): string[] {
  return source.split(', ').filter((name) => name !== '');
}
