import { DAY, HOUR, overlaps, type Span, spanOfName, within } from '../world/calendar.ts';
import type { Call } from '../world/journal.ts';
import { type ArchiveWorld, mayComeUntil, objectNames, objectRows, restHas, type World } from '../world/world.ts';

const FOR_GOOD = Number.POSITIVE_INFINITY;

/**
 * What may be believed of rows that a source did not have when it was asked, and until when. It is the model's own account
 * of what the documents allow: a row that a source has now may be missing only while something that was true is believed.
 */
export class Beliefs {
  readonly #world: World;
  /** By source and file: until when it may be believed that there is none. */
  readonly #objects = new Map<string, number>();
  /** By source and place. */
  readonly #places = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A file that was asked for, or looked up in a listing, and was not there. */
  lacked(source: string, name: string, at: number): void {
    const span = spanOfName(name);
    if (at < span.end) return;
    this.#raise(this.#objects, `${source} ${name}`, at + (at < mayComeUntil(name) ? 6 * HOUR : 30 * DAY));
  }

  /** An answer told of a gap at a place, and the source did not have the row. */
  told(source: string, at: number, kind: string, now: number, isWholeEntry: boolean): void {
    if (kind === 'source-failed' || kind === 'not-cached') return;
    const until = kind === 'not-published-yet' ? now + 6 * HOUR : isWholeEntry ? now + 30 * DAY : FOR_GOOD;
    this.#raise(this.#places, `${source} ${at}`, until);
  }

  isBelievedMissing(source: string, at: number, now: number): boolean {
    if ((this.#places.get(`${source} ${at}`) ?? 0) > now) return true;
    return objectNames(this.#world, at).some((name) => (this.#objects.get(`${source} ${name}`) ?? 0) > now);
  }

  #raise(map: Map<string, number>, key: string, until: number): void {
    if ((map.get(key) ?? 0) < until) map.set(key, until);
  }
}

/** Whether an archive has the row now: in its day's file, or in its month's where the day has none. */
function archiveHas(world: World, archive: ArchiveWorld, at: number, now: number): boolean {
  for (const name of objectNames(world, at)) {
    const rows = objectRows(world, archive, name, now);
    if (rows !== undefined) return rows.includes(at);
  }
  return false;
}

/** Whether a source has the row of the symbol now. */
export function sourceHas(world: World, source: string, at: number, now: number): boolean {
  if (world.rest?.name === source) return restHas(world, world.rest, at, now);
  const archive = world.archives.find(({ name }) => name === source);
  return archive !== undefined && archiveHas(world, archive, at, now);
}

/** Notes what the calls of a request found missing. */
export function noteCalls(beliefs: Beliefs, world: World, calls: readonly Call[]): void {
  for (const { source, what, name, span, outcome, at, symbol } of calls) {
    if (symbol !== world.symbol) continue;
    if (what === 'object' && outcome === 'missing') beliefs.lacked(source, name, at);
    if (what !== 'list' || outcome !== 'ok') continue;
    const archive = world.archives.find((each) => each.name === source)!;
    for (const file of namesWithin(world, name, span)) {
      if (objectRows(world, archive, file, at) === undefined) beliefs.lacked(source, file, at);
    }
  }
}

function namesWithin(world: World, frequency: string, span: Span): string[] {
  const names = new Set<string>();
  for (let at = span.start; at < span.end; at += DAY) {
    const day = new Date(at).toISOString().slice(0, 10);
    names.add(frequency === 'daily' ? day : day.slice(0, 7));
  }
  return [...names].filter((name) => overlaps(spanOfName(name), span));
}

/** Whether a call that failed may be the reason that a row is missing. */
export function isFailureOf(world: World, call: Call, at: number): boolean {
  if (call.leftOut !== undefined && within(at, call.leftOut)) return call.symbol === world.symbol;
  if (call.outcome !== 'failed' && call.outcome !== 'aborted') return false;
  if (call.symbol !== world.symbol || call.what === 'list') return true;
  return at >= call.span.start && at < call.span.end;
}
