import { barCount, type CacheKey, spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import type { Gap } from '../contract/coverage.ts';
import type { ArchiveSource, RangeSource } from '../contract/ports.ts';
import { coverageOfLedger } from '../ledger/coverage-of.ts';
import { type Ledger, record } from '../ledger/ledger.ts';
import { type Need, rangeNeedOf } from '../ledger/needs.ts';
import { objectOf } from '../ledger/observation.ts';
import { needOf } from '../ledger/open-sources.ts';
import { isPublished, listedSize, type Listing } from '../publication/listing.ts';
import { contains, subtract, touching, union } from '../spans/spans.ts';
import { type ArchiveTask, planArchives } from './plan-archives.ts';
import { estimateRest, planRanges } from './plan-ranges.ts';
import type { FetchPlan, PlanStep } from './plan-steps.ts';

/** A zip and its CHECKSUM. */
const REQUESTS_PER_OBJECT = 2;
/** Of the archive's zips: a day of 1m has 70 kB for 1,440 bars, a day of 1s 3.5 MB for 86,400. */
const BYTES_PER_BAR = 45;

/** What a request is going to do, in the very steps in which it does it, as if nothing were missing. Pure. */
export function planOf(ledger: Ledger, listings: ReadonlyMap<string, Listing>): FetchPlan {
  const { outer: span } = ledger.query;
  for (const [source, listing] of listings) record(ledger, { type: 'listed', source, listing });
  const coming = new Map<number, Need>();
  const certain: PlanStep[] = [];
  const ifMissing: PlanStep[] = [];
  for (const [place, source] of ledger.sources.entries()) {
    if (source.kind === 'range') {
      const needs = ledger.entries.flatMap((entry) =>
        coming.has(entry.index) ? [] : (rangeNeedOf(ledger, entry, source) ?? []),
      );
      certain.push(...rangeSteps(ledger, source, needs));
      for (const need of needs) coming.set(need.index, need);
      continue;
    }
    const tasks = archiveTasks(ledger, source, listings.get(source.name), coming);
    for (const task of tasks) {
      certain.push(archiveStep(source.name, task, listings.get(source.name)));
      for (const need of task.needs) {
        const before = coming.get(need.index);
        coming.set(
          need.index,
          before === undefined ? need : { ...need, spans: union([...before.spans, ...need.spans]) },
        );
      }
    }
    ifMissing.push(...inPlaceOf(ledger, source, tasks, place, listings));
  }
  const needs = [...coming.values()];
  const fetching = union(needs.flatMap((need) => need.spans));
  const known = coverageOfLedger(ledger);
  const cached = known.spans
    .filter((part) => part.source !== '' && !touching(fetching, part).some((each) => contains(each, part)))
    .map(({ start, end }): PlanStep => ({ from: 'cache', start, end }));
  const steps = [...certain, ...cached].sort(inOrder);
  return {
    span,
    steps,
    certain: [...certain].sort(inOrder),
    ifMissing: distinct(ifMissing).sort(inOrder),
    gaps: known.gaps.flatMap((gap): Gap[] => restOf(gap, fetching)),
    requests: sum(certain, (step) => (step.from === 'cache' ? 0 : step.requests)),
    bytes: sum(certain, (step) => (step.from === 'archive' ? step.bytes : 0)),
    weight: sum(certain, (step) => (step.from === 'range' ? step.weight : 0)),
    requestsByDay: REQUESTS_PER_OBJECT * needs.length,
  };
}

/** Objects that are asked for, round by round, as long as something new is found to be asked. */
function archiveTasks(
  ledger: Ledger,
  archive: ArchiveSource,
  listing: Listing | undefined,
  coming: ReadonlyMap<number, Need>,
): ArchiveTask[] {
  const tasks: ArchiveTask[] = [];
  const planned = new Set(coming.keys());
  for (;;) {
    const needs = ledger.entries.flatMap((entry) =>
      planned.has(entry.index) ? [] : (needOf(ledger, entry, archive) ?? []),
    );
    const round = planArchives({ ledger, needs, archive, listing });
    tasks.push(...round.tasks);
    for (const need of round.tasks.flatMap((task) => task.needs)) planned.add(need.index);
    for (const { key } of round.unlisted) {
      record(ledger, {
        type: 'no-rows',
        question: { source: archive.name, kind: 'archive', object: objectOf(key), span: spanOf(key.date) },
        outcome: 'not-published',
        evidence: 'not in the listing',
      });
    }
    if (round.tasks.length + round.unlisted.length === 0) return tasks;
  }
}

/** What would be asked in place of an archive's objects: its other packaging, and the sources after it. */
function inPlaceOf(
  ledger: Ledger,
  archive: ArchiveSource,
  tasks: readonly ArchiveTask[],
  place: number,
  listings: ReadonlyMap<string, Listing>,
): PlanStep[] {
  const listing = listings.get(archive.name);
  const steps: PlanStep[] = [];
  for (const task of tasks) {
    for (const need of task.needs) {
      const other = task.key === need.key ? ledger.monthOf(need.key) : need.key;
      if (other === undefined || !archive.covers(other) || isPublished(listing, other) === false) continue;
      const { end } = other === need.key ? need.whole : spanOf(other.date);
      if (end > ledger.now) continue;
      steps.push(archiveStep(archive.name, { key: other, needs: [need] }, listing));
    }
  }
  const needs = tasks.flatMap((task) => task.needs);
  for (const source of ledger.sources.slice(place + 1)) {
    const covered = needs.filter((need) => source.covers(need.key));
    if (source.kind === 'range') steps.push(...rangeSteps(ledger, source, covered));
    else {
      const of = listings.get(source.name);
      for (const need of covered) {
        if (isPublished(of, need.key) !== false)
          steps.push(archiveStep(source.name, { key: need.key, needs: [need] }, of));
      }
    }
  }
  return steps;
}

function archiveStep(source: string, { key, needs }: ArchiveTask, listing: Listing | undefined): PlanStep {
  const size = listedSize(listing, key);
  return {
    from: 'archive',
    start: needs[0]!.spans[0]!.start,
    end: needs.at(-1)!.spans.at(-1)!.end,
    source,
    key,
    entries: needs.length,
    requests: REQUESTS_PER_OBJECT,
    bytes: size ?? estimatedBytes(key, key === needs[0]!.key ? needs[0]!.whole : spanOf(key.date)),
    listed: size !== undefined,
  };
}

function rangeSteps(ledger: Ledger, source: RangeSource, needs: readonly Need[]): PlanStep[] {
  const { interval } = ledger.query;
  const inTime = [...needs].sort((a, b) => a.index - b.index);
  return planRanges(inTime, interval).map(({ key, span }): PlanStep => {
    const cost = source.estimate?.(key, span) ?? estimateRest(key, span);
    return { from: 'range', ...span, source: source.name, ...cost };
  });
}

/** The parts of a gap that nobody is asked for. */
function restOf(gap: Gap, fetching: readonly TimeSpan[]): Gap[] {
  return subtract([gap], touching(fetching, gap)).map((part) => ({ ...gap, ...part }));
}

function distinct(steps: readonly PlanStep[]): PlanStep[] {
  const seen = new Map<string, Set<CacheKey | string>>();
  return steps.filter((step) => {
    const source = step.from === 'cache' ? '' : step.source;
    const of = seen.get(source) ?? new Set();
    seen.set(source, of);
    const what = step.from === 'archive' ? step.key : `${step.start} ${step.end}`;
    return !of.has(what) && of.add(what);
  });
}

const inOrder = (a: TimeSpan, b: TimeSpan): number => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0);

function estimatedBytes({ interval }: CacheKey, { start, end }: TimeSpan): number {
  return interval === undefined ? 0 : barCount(interval, start, end) * BYTES_PER_BAR;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
