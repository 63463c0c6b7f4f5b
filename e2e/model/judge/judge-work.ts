import { overlaps, type Span, spanOfName, spanText } from '../world/calendar.ts';
import type { Call } from '../world/journal.ts';
import type { ModelAnswer, Tell } from './judge-answer.ts';
import type { Memory } from './memory.ts';
import { hasBars, homeName, isClosed, placesWithin, type World } from '../world/world.ts';

const callText = ({ source, what, name, span }: Call): string =>
  what === 'span' ? `${source} ${spanText(span)}` : `${source} ${what} ${name}`;

/** In four lengths of bars before the range, or on both sides of it. */
const MOST_LOOKS = 4;

/** Nothing is asked for twice in one request, and nothing of which all rows are there. */
export function judgeCalls(
  world: World,
  kept: ReadonlySet<number>,
  span: Span,
  mode: string,
  calls: readonly Call[],
  tell: Tell,
): void {
  if (mode === 'offline' && calls.length > 0) tell('offline-asks', callText(calls[0]!));
  const own = calls.filter(({ symbol, what }) => symbol === world.symbol && what !== 'list');
  own.forEach((call, index) => {
    const twice = own.slice(0, index).find((other) => {
      if (other.source !== call.source || other.what !== call.what) return false;
      return call.what === 'object' ? other.name === call.name : overlaps(other.span, call.span);
    });
    if (twice !== undefined) tell('asked-twice', `${callText(call)} after ${callText(twice)}`);
  });
  if (mode !== 'fill') return;
  const wanted = placesWithin(world, span);
  // Where no listing tells when the symbol was traded, a source of spans is asked for what is older or younger.
  const looks = own.filter((call) => call.what === 'span' && !overlaps(call.span, span));
  if (looks.length > MOST_LOOKS) tell('asked-outside', looks.map(callText).join(', '));
  for (const call of own) {
    if (looks.includes(call)) continue;
    const asked = wanted.filter((at) => at >= call.span.start && at < call.span.end);
    if (asked.length === 0 && hasBars(world)) tell('asked-outside', callText(call));
    else if (asked.length > 0 && asked.every((at) => kept.has(at))) {
      if (hasBars(world)) tell('asked-needless', `${callText(call)}: all of its rows are in the cache`);
    }
  }
}

/** Each entry counts once, and each source for what it was asked. */
export function judgeActivity(
  world: World,
  answer: ModelAnswer,
  calls: readonly Call[],
  now: number,
  tell: Tell,
): void {
  const { hits, misses, absent, sources } = answer.activity;
  const places = placesWithin(world, answer.span);
  const all = new Set(places.map((at) => homeName(world, at))).size;
  const homes = places.filter((at) => isClosed(world, at, now)).map((at) => homeName(world, at));
  // Of a month that has not ended nobody can be asked where there is no REST: it counts as nothing.
  const closed = new Set(homes.filter((name) => spanOfName(name).end <= now)).size;
  const sum = hits + misses + absent;
  if (hasBars(world) && all > 0 && (sum < closed || sum > all)) {
    tell('activity-entries', `${hits} hits, ${misses} misses, ${absent} absent of ${closed} to ${all} entries`);
  }
  const names = new Set([...Object.keys(sources), ...calls.map(({ source }) => source)]);
  for (const name of names) {
    const all = calls.filter(({ source }) => source === name);
    const own = all.filter(({ symbol, what }) => symbol === world.symbol && what !== 'list');
    const asked = sources[name]?.asked ?? 0;
    if (asked < own.length || asked > all.length) {
      tell('activity-asked', `${name}: ${asked} of ${own.length} to ${all.length} (${own.map(callText).join(', ')})`);
    }
  }
}

/** Where rows are said to be from is where they are from. */
export function judgeProvenance(
  world: World,
  before: ReadonlySet<number>,
  memory: Memory,
  answer: ModelAnswer,
  calls: readonly Call[],
  tell: Tell,
): void {
  if (!hasBars(world)) return;
  const fetched = new Map<number, Set<string>>();
  for (const { symbol, source, rows } of calls) {
    if (symbol !== world.symbol) continue;
    for (const { at } of rows) fetched.set(at, (fetched.get(at) ?? new Set()).add(source));
  }
  for (const part of answer.spans) {
    const places = placesWithin(world, part);
    const strange = places.find((at) => !memory.isGivenBy(at, part.source));
    if (strange !== undefined) tell('provenance-source', `${spanText(part)} is said to be of ${part.source}`);
    if (part.via === 'cache') {
      const place = places.find((at) => !before.has(at) && fetched.has(at));
      if (place !== undefined) tell('provenance-via', `${spanText(part)} is said to have been in the cache`);
    } else {
      const place = places.find((at) => !fetched.has(at));
      if (place !== undefined) tell('provenance-via', `${spanText(part)} is said to have been fetched`);
    }
  }
}
