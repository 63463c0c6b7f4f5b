import {
  DAY,
  dayName,
  daysWithin,
  floorBar,
  gridWithin,
  HOUR,
  MINUTE,
  type ModelInterval,
  monthName,
  nextBar,
  type Span,
  spanOfName,
  within,
  without,
} from './calendar.ts';

/** What an archive does with the files of a symbol. */
export interface ArchiveWorld {
  readonly name: string;
  readonly hasListing: boolean;
  /** Nothing that opens before is in its files, and nothing from the end on. */
  readonly has: Span;
  /** How long after the end of a day or a month its file comes. */
  readonly delay: { readonly daily: number; readonly monthly: number };
  /** When the file of a name comes, in place of that. */
  readonly comes: Readonly<Record<string, number>>;
  /** Names of files that never come. */
  readonly missing: readonly string[];
  /** What the file of a name lacks. */
  readonly short: Readonly<Record<string, readonly Span[]>>;
  /** Added to each close in the file of a name. */
  readonly shift: Readonly<Record<string, number>>;
  /** Files that are published anew: from when on, and what is added to each close then. */
  readonly revised: Readonly<Record<string, { readonly at: number; readonly shift: number }>>;
}

export interface RestWorld {
  readonly name: string;
  /** So many of the newest closed bars are not there yet. */
  readonly behind: number;
  /** From then on it says that there is no such symbol. */
  readonly refusesFrom?: number;
  readonly lacks: readonly Span[];
  /** So many rows are in one answer at most; what is behind them it leaves out. */
  readonly most?: number;
  /** Whether it has rows of natures without bars as well. */
  readonly tails?: boolean;
}

export type ModelNature = 'klines' | 'markPriceKlines' | 'premiumIndexKlines' | 'aggTrades' | 'fundingRate';

/** Whether the rows are bars of a grid. */
export const hasBars = ({ nature }: Pick<World, 'nature'>): boolean => nature.toLowerCase().endsWith('klines');

/** A market, and what its publishers make of it. Plain data: it is printed where a claim fails. */
export interface World {
  readonly nature: ModelNature;
  readonly interval: ModelInterval;
  readonly symbol: string;
  /** When the symbol is traded. */
  readonly lives: readonly Span[];
  /** When nothing is traded in the market. */
  readonly marketOutages: readonly Span[];
  /** When the symbol alone is not traded. */
  readonly ownOutages: readonly Span[];
  readonly archives: readonly ArchiveWorld[];
  readonly rest: RestWorld | undefined;
  /** When the first request is made. */
  readonly now: number;
}

const EVER: Span = { start: Date.UTC(2017, 0, 1), end: Date.UTC(2100, 0, 1) };

/** Rows of natures without a grid come at 17 minutes past each second hour, of funding each eighth hour. */
function rowTimes(world: World, span: Span): number[] {
  if (hasBars(world)) return gridWithin(world.interval, span);
  const [every, offset] = world.nature === 'aggTrades' ? [2 * HOUR, 17 * MINUTE] : [8 * HOUR, 0];
  const times: number[] = [];
  for (let at = Math.ceil((span.start - offset) / every) * every + offset; at < span.end; at += every) times.push(at);
  return times;
}

/** The time that a row tells of: from its own time to the end of its bar. */
export function rowSpan(world: World, at: number): Span {
  return { start: at, end: hasBars(world) ? nextBar(world.interval, at) : at + 1 };
}

function isTradedWithin(lives: readonly Span[], outages: readonly Span[], span: Span): boolean {
  const alive = lives.flatMap((life) => {
    const part = { start: Math.max(life.start, span.start), end: Math.min(life.end, span.end) };
    return part.start < part.end ? [part] : [];
  });
  return without(alive, outages).length > 0;
}

/** Whether there is a row of the symbol at all. */
export function isRow(world: World, at: number, symbol = world.symbol): boolean {
  const span = rowSpan(world, at);
  return symbol === world.symbol
    ? isTradedWithin(world.lives, [...world.marketOutages, ...world.ownOutages], span)
    : isTradedWithin([EVER], world.marketOutages, span);
}

/** Every time within a span at which a row would be if the symbol were always traded. */
export function placesWithin(world: World, span: Span): number[] {
  return rowTimes(world, span);
}

export function isClosed(world: World, at: number, now: number): boolean {
  if (hasBars(world)) return nextBar(world.interval, at) <= now;
  // Where REST has what no archive has yet, what happens is there at once, or a minute later.
  if (world.rest?.tails === true) return at + 2 * MINUTE <= now;
  return spanOfName(homeName(world, at)).end <= now;
}

/** The name of the entry that keeps a row: its day, or its month where nothing is published by the day. */
export function homeName(world: World, at: number): string {
  return isByMonth(world) ? monthName(at) : dayName(at);
}

function isByMonth({ nature, interval }: World): boolean {
  return nature === 'fundingRate' || (hasBars({ nature }) && ['3d', '1w', '1mo'].includes(interval));
}

/** Names of the files in which an archive may have a row, its own day's first. */
export function objectNames(world: World, at: number): string[] {
  return isByMonth(world) ? [monthName(at)] : [dayName(at), monthName(at)];
}

function publishedAt(archive: ArchiveWorld, name: string): number {
  const { end } = spanOfName(name);
  return archive.comes[name] ?? end + (name.length === 10 ? archive.delay.daily : archive.delay.monthly);
}

const FILES = new WeakMap<World, Map<string, readonly number[]>>();

/** The rows of an archive's file, or undefined where it is not there (yet). */
export function objectRows(
  world: World,
  archive: ArchiveWorld,
  name: string,
  now: number,
): readonly number[] | undefined {
  if (archive.missing.includes(name) || publishedAt(archive, name) > now) return undefined;
  let files = FILES.get(world);
  if (files === undefined) FILES.set(world, (files = new Map<string, readonly number[]>()));
  const file = `${archive.name} ${name}`;
  let rows = files.get(file);
  if (rows === undefined) files.set(file, (rows = fileRows(world, archive, name)));
  const short = archive.short[name];
  return rows.length === 0 ? undefined : short === undefined ? rows : rows.filter((at) => !isWithinAny(at, short));
}

/** From the first to the last file that an archive has now, as far as scenarios reach. */
export function publishedSpan(world: World, archive: ArchiveWorld, now: number): Span | undefined {
  const around = { start: Math.max(archive.has.start, world.now - 400 * DAY), end: Math.min(archive.has.end, now) };
  const names = new Set<string>();
  for (const day of daysWithin(around)) {
    if (!isByMonth(world)) names.add(day);
    names.add(day.slice(0, 7));
  }
  const there = [...names].filter((name) => objectRows(world, archive, name, now) !== undefined).map(spanOfName);
  if (there.length === 0) return undefined;
  return { start: Math.min(...there.map(({ start }) => start)), end: Math.max(...there.map(({ end }) => end)) };
}

/** Bars that have not closed when the file is made are not in it. */
function fileRows(world: World, archive: ArchiveWorld, name: string): readonly number[] {
  const made = Math.max(publishedAt(archive, name), spanOfName(name).end);
  return placesWithin(world, spanOfName(name)).filter(
    (at) => isInArchive(world, archive, at) && rowSpan(world, at).end <= made,
  );
}

function isWithinAny(at: number, spans: readonly Span[]): boolean {
  return spans.some((span) => within(at, span));
}

function isInArchive(world: World, archive: ArchiveWorld, at: number): boolean {
  const inside = rowSpan(world, at).end > archive.has.start && at < archive.has.end;
  return inside && isRow(world, at);
}

export function shiftOf(archive: ArchiveWorld, name: string, now: number): { shift: number; version: number } {
  const revised = archive.revised[name];
  if (revised !== undefined && revised.at <= now) return { shift: revised.shift, version: 2 };
  return { shift: archive.shift[name] ?? 0, version: 1 };
}

/** Whether REST has the row of a symbol. */
export function restHas(world: World, rest: RestWorld, at: number, now: number, symbol = world.symbol): boolean {
  if (!isOfSpans(world, rest.name) || !isClosed(world, at, now) || !isRow(world, at, symbol)) return false;
  if (symbol !== world.symbol) return true;
  if (rest.refusesFrom !== undefined && now >= rest.refusesFrom) return false;
  if (!hasBars(world)) return at < now - rest.behind * HOUR && !isWithinAny(at, rest.lacks);
  const newest = floorBar(world.interval, now);
  let oldestBehind = newest;
  for (let bar = 0; bar < rest.behind; bar++) oldestBehind = floorBar(world.interval, oldestBehind - 1);
  return at < oldestBehind && !isWithinAny(at, rest.lacks);
}

/** Natures that spot does not have are of the futures. */
export const marketOf = ({ nature }: Pick<World, 'nature'>): 'spot' | 'um' =>
  nature === 'klines' || nature === 'aggTrades' ? 'spot' : 'um';

/** Whether a source is asked for spans of the world's nature. */
export const isOfSpans = (world: World, source: string): boolean =>
  world.rest?.name === source && (hasBars(world) || world.rest.tails === true);

export function isKnownToRest(world: World, rest: RestWorld, now: number): boolean {
  const [first] = world.lives;
  return now >= first!.start && (rest.refusesFrom === undefined || now < rest.refusesFrom);
}

/** The close of a row before any shift. */
export function closeOf(at: number): number {
  return ((at / MINUTE) % 9973) / 100 + 100;
}

/** How long a missing file may still come: a week after its day, three after its month. */
export const mayComeUntil = (name: string): number => spanOfName(name).end + (name.length === 10 ? 7 : 21) * DAY;
