import { GAP_KINDS, isDataSourceError } from '@vision-cache/data-source-manager';
import { cachePath, type Interval, type MarketType, spanOf } from '@vision-cache/cache-keys';
import type { FetchPlan, Market, MigrationStep, MigrationView, Series, Setup } from '../contract/api.ts';
import { seriesKey, seriesKeys } from '../bars/series-keys.ts';
import type { Composition } from '../contract/parts.ts';
import type { ActivityBook } from './activity-book.ts';
import type { EntryBook } from './entry-book.ts';
import type { EventHub } from '../server/event-hub.ts';
import type { Arrived, FetchJobs } from '../server/fetch-jobs.ts';
import { RefusedError } from '../server/refused.ts';
import type { Dated, DemoDesk, Range, UncheckedSeries } from '../contract/desk.ts';

export interface DeskParts {
  readonly setup: Setup;
  readonly manager: Composition['manager'];
  readonly catalog: Composition['catalog'];
  readonly entries: EntryBook;
  readonly activity: ActivityBook;
  readonly jobs: FetchJobs;
  readonly hub: EventHub;
  /** Undefined if there is nothing to migrate with. */
  readonly migration: { run(step: MigrationStep): Promise<MigrationView> } | undefined;
}

/** Answers the page from the packages. */
export function demoDesk({ setup, manager, catalog, entries, activity, jobs, hub, migration }: DeskParts): DemoDesk {
  const changed = ({ marketType, symbol, interval, date }: Dated): void => {
    hub.tell({ type: 'changed', series: { marketType, symbol, interval } as Series, dates: [date] });
  };
  const maySend = (): void => {
    if (setup.mode === 'offline') {
      throw new RefusedError(
        'E_OFFLINE',
        setup.mayWrite
          ? 'This cache is shown as it is, and nothing is fetched into it. Start the demo with --live to fetch from Binance.'
          : 'This page only reads the cache. Start it with --allow-write to fetch into it.',
        409,
      );
    }
  };
  const mayChange = (): void => {
    if (!setup.mayWrite) {
      throw new RefusedError(
        'E_READ_ONLY',
        'This page only reads the cache. Start it with --allow-write to change what is in it.',
        409,
      );
    }
  };
  /** No more than there can be: a range of all of time would be planned day by day. */
  const within = ({ from, to }: Pick<Range, 'from' | 'to'>) => {
    const start = Math.max(from, setup.first);
    return { start, end: Math.max(start, Math.min(to, setup.last)) };
  };
  const queryOf = ({ marketType, symbol, interval, from, to }: Range) => ({
    marketType, symbol, interval, ...within({ from, to }),
  }); // prettier-ignore

  async function plan(range: Range): Promise<FetchPlan> {
    maySend();
    const { start: from, end: to } = within(range);
    const keys = seriesKeys(range, from, to, catalog);
    const { requests, bytes, weight, requestsByDay, steps } = await manager.plan(queryOf(range));
    const held = new Set(
      steps
        .filter(({ from }) => from === 'cache')
        .flatMap(({ start, end }) => seriesKeys(range, start, end, catalog).map(cachePath)),
    );
    return {
      requests,
      bytes,
      weight,
      missing: keys.length - held.size,
      held: held.size,
      oneZipADay: requestsByDay,
    };
  }

  async function* run(range: Range, signal: AbortSignal, progress: (entries: number) => void): AsyncIterable<Arrived> {
    const { requests, requestsByDay } = await manager.plan(queryOf(range), { signal });
    for await (const { span, coverage } of manager.segments(queryOf(range), {
      signal,
      // Whatever is missing is shown as what it is; only a symbol that nobody knows is refused.
      allow: GAP_KINDS,
      onProgress: ({ entries: { done } }) => progress(done),
    })) {
      const failed = coverage.gaps.find(({ kind }) => kind === 'source-failed');
      const answered = seriesKeys(range, span.start, span.end, catalog).filter((key) => {
        const { start, end } = spanOf(key.date);
        return failed === undefined || coverage.spans.some((part) => part.start < end && part.end > start);
      });
      yield { dates: answered.map(({ date }) => date) };
      if (failed !== undefined)
        throw new RefusedError('E_SOURCE_FAILED', `Not everything could be had. ${sentence(failed.evidence)}`, 502);
    }
    activity.saved(Math.max(0, requestsByDay - requests));
  }

  return {
    setup,
    stored: (of) => entries.stored(of, intervalsOf(setup.markets, of)),
    coverage(range) {
      const { start: from, end: to } = within(range);
      return entries.coverage({ ...range, from, to });
    },
    facts: (entry) => entries.facts(entry),
    bytes: (entry) => entries.bytes(entry),
    verify: (entry) => entries.verify(entry),
    plan,
    startFetch(range) {
      maySend();
      const { start: from, end: to } = within(range);
      const total = seriesKeys(range, from, to, catalog).length;
      if (total === 0) throw new RefusedError('E_NOTHING_TO_FETCH', 'Nothing of that span can be had yet.', 400);
      const { marketType, symbol, interval } = range;
      return jobs.start({
        series: { marketType, symbol, interval } as Series,
        total,
        run: (signal, progress) => explained(run(range, signal, progress)),
      });
    },
    cancelFetch: (job) => jobs.cancel(job),
    async invalidate(entry) {
      mayChange();
      await entries.invalidate(entry);
      changed({ ...entry, date: seriesKey(entry, entry.date).date });
    },
    async migrate(step) {
      mayChange();
      if (migration === undefined)
        throw new RefusedError('E_NO_MIGRATOR', 'There is nothing to migrate with here.', 409);
      return migration.run(step);
    },
  };
}

/** With one full stop at its end. */
const sentence = (text: string): string => `${text.replace(/[.\s]+$/, '')}.`;

/** An error of the engine in the words of its cause, where that says more. */
async function* explained(arrived: AsyncIterable<Arrived>): AsyncIterable<Arrived> {
  try {
    yield* arrived;
  } catch (error) {
    if (isDataSourceError(error, 'E_UNKNOWN_SYMBOL')) {
      throw new RefusedError('E_UNKNOWN_SYMBOL', `${error.message} Check the symbol and the market.`, 404);
    }
    throw error;
  }
}

function intervalsOf(
  markets: readonly Market[],
  { marketType }: Omit<UncheckedSeries, 'interval'>,
): readonly Interval[] {
  // An unknown market is refused where a key is made of it, in the kernel's sentence.
  return markets.find((market) => market.marketType === (marketType as MarketType))?.intervals ?? ['1m'];
}
