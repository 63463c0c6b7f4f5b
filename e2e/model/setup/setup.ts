import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { type Answer, DataSourceManager, type SourcePort } from '@vision-cache/data-source-manager';
import { rowsOf } from '../world/batch.ts';
import { type CacheDoor, doorOf } from './cache-door.ts';
import type { Span } from '../world/calendar.ts';
import { Journal } from '../world/journal.ts';
import type { ModelAnswer } from '../judge/judge-answer.ts';
import { ModelArchive, ModelRest, type Surroundings } from './sources.ts';
import { hasBars, marketOf, type World } from '../world/world.ts';

export interface Setup {
  readonly manager: DataSourceManager;
  readonly around: Surroundings;
  readonly door: CacheDoor;
  readonly revisions: { readonly date: string }[];
}

/** A manager as a new process makes it: with a store and sources of its own over the folder. */
export function openSetup(root: string, world: World, names: readonly string[], now: () => number): Setup {
  const around: Surroundings = { world, now, journal: new Journal(), faults: { rate: 0, salt: '' }, onCall: undefined };
  const sources: SourcePort[] = [
    ...world.archives.map((archive) => new ModelArchive(archive, around)),
    ...(world.rest === undefined ? [] : [new ModelRest(world.rest, around)]),
  ].filter(({ name }) => names.includes(name));
  const cache = new UnifiedCacheManager({ root, now, durability: 'none' });
  const door = doorOf(cache);
  const revisions: { date: string }[] = [];
  const manager = new DataSourceManager({
    cache: door.port,
    sources,
    now,
    revisions: {
      append: ({ key }) => {
        revisions.push({ date: key.date });
        return Promise.resolve();
      },
    },
  });
  return { manager, around, door, revisions };
}

/** The query of a span of the world's symbol. */
export function queryOf(world: World, span: Span) {
  const { nature, symbol } = world;
  return {
    marketType: marketOf(world),
    dataNature: nature,
    symbol,
    ...(hasBars(world) ? { interval: world.interval as string } : {}),
    start: span.start,
    end: span.end,
  };
}

/** Not cut to whole milliseconds: without a grid a row may stand for a microsecond. */
const ms = (instant: bigint): number => Number(instant) / 1000;

export function modelOf(world: World, answer: Answer): ModelAnswer {
  const { batch, coverage, activity, warnings } = answer;
  const missingIds = (coverage as unknown as { missingIds?: readonly unknown[] }).missingIds?.length ?? 0;
  return {
    span: { start: ms(coverage.span.start), end: ms(coverage.span.end) },
    rows: rowsOf(world, batch),
    spans: coverage.spans.map(({ start, end, source, via }) => ({ start: ms(start), end: ms(end), source, via })),
    gaps: coverage.gaps.map(({ start, end, kind, evidence }) => ({ start: ms(start), end: ms(end), kind, evidence })),
    complete: coverage.complete,
    missingIds,
    warnings,
    activity,
  };
}

/** The answers of parts as one. */
export function unite(span: Span, parts: readonly ModelAnswer[]): ModelAnswer {
  const activity = { hits: 0, misses: 0, absent: 0, sources: {} };
  return {
    span,
    rows: parts.flatMap(({ rows }) => rows),
    spans: parts.flatMap(({ spans }) => spans),
    gaps: parts.flatMap(({ gaps }) => gaps),
    complete: parts.every(({ complete }) => complete),
    missingIds: parts.reduce((sum, { missingIds }) => sum + missingIds, 0),
    warnings: parts.flatMap(({ warnings }) => warnings),
    activity,
  };
}
