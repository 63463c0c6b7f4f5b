import { type Activity, type Answer } from '@vision-cache/data-source-manager';
import { barCount, isoText, spanOf } from '@vision-cache/cache-keys';
import { performance } from 'node:perf_hooks';
import type { Setup, Totals } from '../contract/api.ts';
import { seriesKeys } from '../bars/series-keys.ts';
import type { Composition } from '../contract/parts.ts';
import type { ActivityBook } from '../desk/activity-book.ts';
import type { MigrationDesk } from '../desk/migration-desk.ts';

export interface ActivityParts extends Composition {
  readonly mode: Setup['mode'];
  readonly root: string;
  readonly archiveUrl: string | undefined;
  /** What is fetched. */
  readonly start: Setup['start'];
  readonly activity: ActivityBook;
  readonly migration: MigrationDesk;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

const HOSTS: Readonly<Record<Setup['mode'], string>> = {
  embedded: 'an embedded, synthetic archive',
  live: 'Binance’s own hosts',
  offline: 'your cache as it is; nothing is fetched',
};

/**
 * Tells of the whole main job while doing it: the old cache migrated, a range fetched through cache, archive and REST,
 * and the same range once more.
 */
export async function writeActivity(parts: ActivityParts): Promise<void> {
  const { mode, root, archiveUrl, tell } = parts;
  tell(`vision-cache demo: ${HOSTS[mode]}${archiveUrl === undefined ? '' : ` at ${archiveUrl}`}`);
  tell(`The cache: ${root}`);
  let step = 1;
  if (mode === 'embedded') await tellMigration(parts, step++);
  if (mode === 'offline') await tellHeld(parts, step);
  else {
    const answer = await tellFetch(parts, step++);
    if (answer !== undefined) await tellSecond(parts, step);
  }
}

async function tellMigration({ migration, tell }: ActivityParts, step: number): Promise<void> {
  await migration.run('sample');
  const { items } = await migration.run('plan');
  tell(`\n${String(step)}. An old cache of ${String(items.length)} files, of every generation, is migrated`);
  const { sentences } = await migration.run('apply');
  for (const sentence of sentences) tell(`   ${sentence}`);
}

async function tellHeld({ cache, catalog, start, tell }: ActivityParts, step: number): Promise<void> {
  const keys = seriesKeys(start, start.from, start.to, catalog);
  const known = await cache.coverage(keys);
  const held = known.filter((facts) => facts !== undefined && facts.state !== 'absent').length;
  tell(`\n${String(step)}. ${seriesText(start)}: ${String(held)} of ${String(keys.length)} entries are held`);
}

const queryOf = ({ marketType, symbol, interval, from, to }: Setup['start']) => ({
  marketType: marketType as string,
  symbol,
  interval: interval as string,
  start: from,
  end: to,
});

async function tellFetch(parts: ActivityParts, step: number): Promise<Answer | undefined> {
  const { activity, catalog, manager, start, tell, signal } = parts;
  tell(`\n${String(step)}. ${seriesText(start)}`);
  const { requests, requestsByDay, bytes } = await manager.plan(queryOf(start), { signal });
  tell(
    `   planned: ${counted(requests, 'request')}, ${byteText(bytes)}; one zip for each day would take ${String(requestsByDay)}`,
  );
  const before = activity.totals;
  const answer = await manager.get(queryOf(start), { signal, strict: false });
  activity.saved(Math.max(0, requestsByDay - requests));
  for (const line of dayLines(start, answer, catalog)) tell(`   ${line}`);
  tell(
    `   ${answer.batch.numRows.toLocaleString('en')} rows; ${hitText(answer.activity)}; ${requestText(before, activity.totals)}`,
  );
  const failed = answer.coverage.gaps.find(({ kind }) => kind === 'source-failed');
  if (failed !== undefined) throw new IncompleteError(failed.evidence);
  return answer;
}

/** Some of what was asked for could have been had and was not. */
class IncompleteError extends Error {
  readonly code = 'E_SOURCE_FAILED';
  constructor(evidence: string) {
    super(`Not everything could be fetched: ${evidence}. What had arrived is in the cache.`);
  }
}

async function tellSecond({ activity, manager, start, tell, signal }: ActivityParts, step: number): Promise<void> {
  const before = activity.totals;
  const started = performance.now();
  const again = await manager.get(queryOf(start), { signal, strict: false });
  const took = performance.now() - started;
  tell(`\n${String(step)}. The same again`);
  tell(
    `   ${again.batch.numRows.toLocaleString('en')} rows in ${took.toFixed(0)} ms; ${hitText(again.activity)}; ${requestText(before, activity.totals)}`,
  );
}

interface DayLine {
  readonly date: string;
  readonly rows: number;
  readonly expected: number;
  readonly from: string;
  readonly gaps: string;
}

/** A line for each run of days that are alike: their rows, where they come from, and what is missing. */
function* dayLines(start: Setup['start'], answer: Answer, catalog: Composition['catalog']): Iterable<string> {
  let run: DayLine[] = [];
  for (const day of days(start, answer, catalog)) {
    const [first] = run;
    if (
      first !== undefined &&
      (day.from !== first.from || day.gaps !== '' || first.gaps !== '' || day.rows !== day.expected)
    ) {
      yield lineOf(run);
      run = [];
    }
    run.push(day);
  }
  if (run.length > 0) yield lineOf(run);
}

function lineOf(run: readonly DayLine[]): string {
  const [first, last] = [run[0]!, run.at(-1)!];
  const dates = run.length === 1 ? first.date : `${first.date} – ${last.date}`;
  const rows = run.reduce((sum, day) => sum + day.rows, 0);
  const expected = run.reduce((sum, day) => sum + day.expected, 0);
  const counts =
    rows === expected ? rows.toLocaleString('en') : `${rows.toLocaleString('en')} of ${expected.toLocaleString('en')}`;
  return `${dates.padEnd(23)}  ${counts.padStart(14)}  ${first.from.padEnd(15)}  ${first.gaps}`.trimEnd();
}

function* days(start: Setup['start'], { coverage, batch }: Answer, catalog: Composition['catalog']): Iterable<DayLine> {
  const times = batch.columns['open_time'] as unknown as BigInt64Array;
  let row = 0;
  for (const { date } of seriesKeys(start, start.from, start.to, catalog)) {
    const { end, start: first } = spanOf(date);
    const before = row;
    while (row < times.length && times[row]! < end) row++;
    const of = coverage.spans.filter((span) => span.start < end && span.end > first);
    const names = of.map(({ source, via, layout }) =>
      via === 'fetch' ? source : `cache${layout === 'old' ? ', old path' : source === 'migrated' ? ', migrated' : ''}`,
    );
    const gaps = coverage.gaps.filter((gap) => gap.start < end && gap.end > first);
    const why = gaps.map(
      (gap) =>
        `${clock(gap.start < first ? first : gap.start)}–${clock(gap.end >= end ? end : gap.end)} ${gap.kind}: ${gap.evidence}`,
    );
    yield {
      date,
      rows: row - before,
      expected: barCount(start.interval, first, end),
      from: [...new Set(names)].join(' + '),
      gaps: shortened(why.join('; ')),
    };
  }
}

const shortened = (text: string): string => (text.length > 160 ? `${text.slice(0, 159)}…` : text);

/** The time of day in UTC, `HH:mm`. */
const clock = (microseconds: bigint): string => isoText(microseconds).slice(11, 16);

function hitText({ hits, misses, absent, hitsByLayout }: Activity): string {
  const old = hitsByLayout.old > 0 ? ` (${String(hitsByLayout.old)} at the old path)` : '';
  return `cache: ${counted(hits, 'hit')}${old}, ${counted(misses, 'miss', 'misses')}${absent > 0 ? `, ${String(absent)} known to be absent` : ''}`;
}

/** What went over the network between two moments, by where it went. */
function requestText(before: Totals, after: Totals): string {
  const asked = Object.entries(after.bySource)
    .filter(([source]) => source !== 'cache')
    .map(([source, { requests, bytes }]) => {
      const was = before.bySource[source];
      return { source, requests: requests - (was?.requests ?? 0), bytes: bytes - (was?.bytes ?? 0) };
    })
    .filter(({ requests }) => requests > 0);
  if (asked.length === 0) return 'no request';
  return asked
    .map(({ source, requests, bytes }) => `${source}: ${counted(requests, 'request')}, ${byteText(bytes)}`)
    .join('; ');
}

function seriesText({ symbol, interval, marketType, from, to }: Setup['start']): string {
  const moment = (at: number): string =>
    isoText(BigInt(at) * 1000n)
      .slice(0, 16)
      .replace('T', ' ')
      .replace(' 00:00', '');
  return `${symbol} ${interval} on ${marketType}, ${moment(from)} to ${moment(to)} UTC`;
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
const byteText = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
