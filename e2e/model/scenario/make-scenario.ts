import { DAY, daysWithin, HOUR, MINUTE, type ModelInterval, monthsWithin, type Span } from '../world/calendar.ts';
import { Random } from '../world/random.ts';
import type { Ask, Scenario, Step } from './scenario.ts';
import { type ArchiveWorld, hasBars, type ModelNature, type RestWorld, type World } from '../world/world.ts';

/** `usual`: what Binance has shown; `odd`: also what it has not; `faulty`: many calls fail. */
export type Profile = 'usual' | 'odd' | 'faulty';

/** A scenario that follows from its seed and profile alone. */
export function makeScenario(seed: number, profile: Profile): Scenario {
  const random = new Random(seed * 3 + { usual: 0, odd: 1, faulty: 2 }[profile]);
  const world = makeWorld(random, profile);
  const names = [...world.archives.map(({ name }) => name), ...(world.rest === undefined ? [] : [world.rest.name])];
  const sources = names.length > 1 && random.chance(0.15) ? [random.pick(names)] : names;
  const others = names.length > 1 && random.chance(0.15) ? [random.pick(names)] : sources;
  const steps: Step[] = [];
  const count = random.whole(1, 7);
  for (let index = 0; index < count; index++) steps.push(...makeSteps(random, profile, world, names, sources, others));
  return { seed, world, sources, ...(others === sources ? {} : { others }), steps };
}

const isLong = (interval: ModelInterval): boolean => ['1d', '3d', '1w', '1mo'].includes(interval);

function makeWorld(random: Random, profile: Profile): World {
  const now = Date.UTC(2024, random.whole(2, 10), random.whole(1, 28)) + random.whole(0, 24 * 60) * MINUTE;
  const nature: ModelNature = random.chance(0.7)
    ? 'klines'
    : random.pick(['aggTrades', 'fundingRate', 'aggTrades', 'fundingRate', 'markPriceKlines', 'premiumIndexKlines']);
  const interval: ModelInterval = random.chance(0.7) ? '1h' : random.pick(['15m', '4h', '1d', '3d', '1w', '1mo']);
  const hour = (at: number): number => Math.floor(at / HOUR) * HOUR;
  const listed = random.chance(0.5) ? Date.UTC(2023, 0, 1) : hour(now - random.whole(0, 150 * 24) * HOUR);
  const isOver = random.chance(0.25);
  const end = isOver ? hour(listed + random.next() * (now + 10 * DAY - listed)) + HOUR : Date.UTC(2100, 0, 1);
  const lives: Span[] = [{ start: listed, end }];
  if (isOver && profile !== 'usual' && random.chance(0.3)) {
    lives.push({ start: end + random.whole(1, 60) * DAY, end: Date.UTC(2100, 0, 1) });
  }
  const outages = (most: number, longest: number): Span[] =>
    Array.from({ length: random.small(most + 1) }, () => {
      const start = hour(now - random.whole(1, 110 * 24) * HOUR);
      return { start, end: start + (1 + random.small(longest)) * HOUR };
    });
  const marketOutages = outages(profile === 'odd' ? 6 : 2, 20);
  // So long that bars of a day, a week and a month are missing as well.
  if (profile !== 'usual' && hasBars({ nature }) && isLong(interval) && random.chance(0.4)) {
    const end = hour(now - random.whole(10, 60) * DAY);
    marketOutages.push({ start: end - random.whole(1, interval === '1d' ? 30 : 70) * DAY, end });
  }
  const ownOutages = outages(2, profile === 'usual' ? 12 : 90);
  const hasArchive = random.chance(0.9);
  const archives = hasArchive
    ? Array.from({ length: profile !== 'usual' && random.chance(0.2) ? 2 : 1 }, (_, index) =>
        makeArchive(random, profile, { now, lives, nature }, index === 0 ? 'vision' : 'mirror'),
      )
    : [];
  const rest: RestWorld | undefined =
    !hasArchive || random.chance(0.65)
      ? {
          name: 'rest',
          // Some bars late, and never by weeks: it would be taken for a source that has nothing.
          // What has no bars is there within a minute.
          behind: random.chance(0.2) && hasBars({ nature }) && !isLong(interval) ? random.whole(1, 2) : 0,
          ...(isOver && lives.length === 1 && random.chance(0.7)
            ? { refusesFrom: end + random.whole(0, 3) * DAY }
            : {}),
          lacks: profile === 'usual' ? [] : outages(2, 8),
          ...(!hasBars({ nature }) && random.chance(0.6) ? { tails: true } : {}),
          ...(profile !== 'usual' && random.chance(0.15) ? { most: random.pick([5, 24, 200, 1000]) } : {}),
        }
      : undefined;
  return { nature, interval, symbol: 'NEWUSDT', lives, marketOutages, ownOutages, archives, rest, now };
}

function makeArchive(
  random: Random,
  profile: Profile,
  { now, lives, nature }: Pick<World, 'now' | 'lives' | 'nature'>,
  name: string,
): ArchiveWorld {
  const around: Span = { start: now - 120 * DAY, end: now + 20 * DAY };
  const days = daysWithin(around);
  const months = monthsWithin(around);
  const some = (names: readonly string[], most: number): string[] =>
    Array.from({ length: random.small(most + 1) }, () => random.pick(names));
  const first = lives[0]!.start;
  // REST has a symbol from its first minute on, the archive sometimes from its first whole day.
  const begins = random.chance(0.3) ? Math.ceil(first / DAY) * DAY : first;
  const later = profile === 'odd' && random.chance(0.2) ? begins + random.whole(1, 40) * DAY : begins;
  const stops = profile === 'odd' && random.chance(0.15) ? now - random.whole(0, 40) * DAY : Date.UTC(2100, 0, 1);
  const comes: Record<string, number> = {};
  for (const day of some(days, 4)) comes[day] = Date.parse(day) + DAY + random.whole(5, 146) * HOUR;
  if (profile !== 'usual') {
    for (const day of some(days, 3)) comes[day] = Date.parse(day) + DAY + random.whole(1, 60) * DAY;
    for (const month of some(months, 2)) comes[month] = Date.parse(`${month}-01`) + random.whole(32, 90) * DAY;
  }
  const run = random.chance(profile === 'usual' ? 0.1 : 0.25) ? random.whole(0, days.length - 10) : -1;
  const missing = [
    ...some(days, profile === 'usual' ? 2 : 6),
    ...some(months, profile === 'usual' ? 1 : 2),
    ...(run === -1 ? [] : days.slice(run, run + random.whole(2, 9))),
  ];
  const short: Record<string, Span[]> = {};
  for (const file of [...some(days, 3), ...some(months, 2)]) {
    const start =
      Date.parse(file.length === 7 ? `${file}-01` : file) + random.whole(0, file.length === 7 ? 600 : 20) * HOUR;
    short[file] = [{ start, end: start + random.whole(1, 30) * HOUR }];
  }
  const shift: Record<string, number> = {};
  if (random.chance(0.3)) for (const month of some(months, 3)) shift[month] = 50;
  const revised: ArchiveWorld['revised'] = Object.fromEntries(
    some([...days, ...months], random.chance(0.3) ? 4 : 0).map((file) => [
      file,
      { at: now + random.whole(-5, 30) * DAY, shift: hasBars({ nature }) ? 7 : 0 },
    ]),
  );
  return {
    name,
    hasListing: random.chance(0.85),
    has: { start: later, end: stops },
    delay: { daily: random.whole(2, 10) * HOUR, monthly: random.whole(1, 14) * DAY },
    comes,
    missing: [...new Set(missing)],
    short,
    shift,
    revised,
  };
}

function makeSteps(
  random: Random,
  profile: Profile,
  world: World,
  names: readonly string[],
  sources: readonly string[],
  others: readonly string[],
): Step[] {
  const kind = random.next();
  if (kind < 0.12) {
    const ms = random.pick([MINUTE, 20 * MINUTE, HOUR, 7 * HOUR, DAY, 5 * DAY, 16 * DAY, 35 * DAY, 60 * DAY]);
    return [{ do: 'wait', ms }];
  }
  if (kind < 0.16) return [{ do: 'restart' }];
  if (kind < 0.2 && Math.min(sources.length, others.length) < names.length) {
    return [{ do: 'add', source: random.pick(names) }];
  }
  if (kind < 0.23 && profile !== 'usual') return [{ do: 'damage', entry: random.whole(0, 99) }];
  const ask = makeAsk(random, profile, world);
  if (kind < 0.26 && profile !== 'usual')
    return [{ do: 'cannot-store', is: true }, ask, { do: 'cannot-store', is: false }];
  return [ask];
}

function makeAsk(random: Random, profile: Profile, world: World): Ask {
  const span = makeSpan(random, world);
  const mode = random.chance(0.85) ? 'fill' : random.pick(['refresh', 'offline'] as const);
  const rate = profile === 'faulty' ? random.pick([0.1, 0.3, 0.7, 1]) : random.chance(0.15) ? 0.2 : 0;
  return {
    do: 'ask',
    who: random.chance(0.8) ? 'a' : 'b',
    span,
    mode,
    by: random.chance(0.15) ? 'segments' : 'whole',
    faults: rate,
    ...(random.chance(0.06) ? { abortAt: random.whole(1, 10) } : {}),
    ...(random.chance(0.1) ? { twin: makeSpan(random, world) } : {}),
    ...(random.chance(0.15) ? { strict: true } : {}),
  };
}

/** Ranges around what happens: the listing, the end, outages, files that are missing, today. */
function makeSpan(random: Random, world: World): Span {
  const marks = [
    world.now,
    world.now - random.whole(0, 100) * DAY,
    ...world.lives.flatMap(({ start, end }) => [start, end]),
    ...[...world.marketOutages, ...world.ownOutages].flatMap(({ start, end }) => [start, end]),
    ...world.archives.flatMap(({ missing, short }) =>
      [...missing, ...Object.keys(short)].map((file) => Date.parse(file.length === 7 ? `${file}-01` : file)),
    ),
  ].filter((at) => at > world.now - 150 * DAY && at < world.now + 5 * DAY);
  const mark = random.pick(marks);
  const isWide = !hasBars(world) || isLong(world.interval);
  const most = world.interval === '15m' ? 20 : 75;
  const length = isWide ? random.whole(1, 100) * DAY : (1 + random.small(most * 24)) * HOUR;
  const unit = random.chance(0.5) ? DAY : HOUR;
  const start = Math.floor((mark - random.next() * length) / unit) * unit;
  const end = Math.ceil((start + length) / unit) * unit;
  return { start, end: Math.max(end, start + unit) };
}
