import {
  type CacheKey,
  floorOpenTime,
  type Interval,
  intervalMicroseconds,
  type TimeSpan,
  timeSpan,
} from '@vision-cache/cache-keys';
import { throwIfAborted } from '../contract/errors.ts';
import type { RangeSource } from '../contract/ports.ts';
import { costOf } from '../io/engine.ts';
import { explainedState, isExpected } from '../ledger/gap-reason.ts';
import { record } from '../ledger/ledger.ts';
import { BEGINNING, type Life, lifeOf, SILENT_FOR } from '../ledger/life.ts';
import { isToExplain, mayBeUnexplained } from '../ledger/unexplained.ts';
import { onePage, stepsBack } from '../plan/steps-back.ts';
import { timesOf } from '../rows/batch-rows.ts';
import type { Run } from './run.ts';

const HOUR = 3_600_000_000n;
/** Half a page of REST. */
const BARS_AHEAD = 500n;

/**
 * Of a part of a longer request in which there is no sign of the symbol at all: whether there is one at the end of all of
 * it, so that the parts tell what the whole would.
 */
export async function lookAhead(run: Run): Promise<void> {
  const { ledger, listingSpan } = run;
  const { interval, span } = ledger.query;
  const last = ledger.entries.at(-1);
  if (interval === undefined || last === undefined || lifeOf(ledger).first !== undefined) return;
  const end = floorOpenTime(interval, listingSpan.end < ledger.now ? listingSpan.end : ledger.now);
  const from = end - BARS_AHEAD * (intervalMicroseconds(interval) ?? 28n * 24n * HOUR);
  const ahead = { start: from > span.end ? from : span.end, end };
  if (ahead.start >= ahead.end) return;
  for (const source of ledger.sources) {
    if (source.kind !== 'range' || !source.covers(last.key)) continue;
    const isKnown = last.answers.some(
      (answer) => answer.type === 'no-rows' && answer.outcome === 'no-rows' && answer.question.source === source.name,
    );
    if (isKnown && (await look(run, source, last.key, ahead)) === 'rows') return;
  }
}

/**
 * Of a range that begins without rows: whether a source of ranges that knows the symbol has any that are older. It may have
 * stood still before its first rows, and an archive may have begun after it.
 */
export async function lookBack(run: Run): Promise<void> {
  const { ledger } = run;
  const { interval, span } = ledger.query;
  const key = ledger.entries[0]?.key;
  const life = lifeOf(ledger);
  if (interval === undefined || key === undefined || life.first === undefined) return;
  const isBefore = (piece: TimeSpan): boolean => piece.end <= life.first!;
  const source = ledger.sources.find(
    (each): each is RangeSource => each.kind === 'range' && isUnclear(run, life, each.name, isBefore),
  );
  if (source === undefined) return;
  for (const step of stepsBack(interval, timeSpan(BEGINNING, span.start))) {
    const own = step.interval === interval ? key : seriesKey(run, key, step.interval, step.span);
    if (own === undefined || !source.covers(own)) continue;
    if ((await look(run, source, own, step.span)) !== 'nothing') return;
  }
}

/**
 * Of a range after all files of archives that have ended: whether a source of ranges that knows the symbol has been
 * silent for so long that it is traded no more. It may have stood still, or be some bars behind.
 */
export async function lookForEnd(run: Run): Promise<void> {
  const { ledger } = run;
  const { interval, span } = ledger.query;
  const key = ledger.entries[0]?.key;
  if (interval === undefined || key === undefined) return;
  for (const beside of [beforeRange, afterRange]) {
    const life = lifeOf(ledger);
    if (life.last === undefined || !life.isListed || !life.hasEnded) return;
    const isAfter = (piece: TimeSpan): boolean => piece.start >= life.last!;
    const source = ledger.sources.find(
      (each): each is RangeSource => each.kind === 'range' && isUnclear(run, life, each.name, isAfter),
    );
    if (source === undefined) return;
    const page = onePage(interval, beside(life.last, span, ledger.now));
    const own = page === undefined ? undefined : seriesKey(run, key, page.interval, page.span);
    if (page === undefined || own === undefined || !source.covers(own)) continue;
    if ((await look(run, source, own, page.span)) !== 'nothing') return;
  }
}

const beforeRange = (last: bigint, { start }: TimeSpan): TimeSpan => ({
  start: last > start - SILENT_FOR ? last : start - SILENT_FOR,
  end: start,
});

const afterRange = (_: bigint, { end }: TimeSpan, now: bigint): TimeSpan => ({
  start: end,
  end: end + SILENT_FOR < now ? end + SILENT_FOR : now,
});

/** Whether the source, which knows the symbol, has nothing in a place of which that alone is known. */
function isUnclear({ ledger }: Run, life: Life, source: string, isThere: (piece: TimeSpan) => boolean): boolean {
  return ledger.entries.some((entry) => {
    if (!mayBeUnexplained(entry)) return false;
    return explainedState(ledger, life, entry)?.pieces.some(({ value, ...piece }) => {
      if (value.is === 'rows' || value.place === undefined || value.reason.kind !== 'no-data') return false;
      if (!isThere(piece) || !isToExplain(value.place) || !isExpected(ledger, piece)) return false;
      const said = [...value.place.before, ...value.place.answers];
      return said.some(({ question, outcome }) => question.source === source && outcome === 'no-rows');
    });
  });
}

/** The key of the same series in bars of another length. */
function seriesKey({ engine }: Run, key: CacheKey, interval: Interval, { start }: TimeSpan): CacheKey | undefined {
  const { exchange, marketType, dataNature, symbol } = key;
  const query = { exchange, marketType, dataNature, symbol, interval, start, end: start + 1n };
  return engine.catalog.keysBetween(query)[0];
}

/** Asks a source for rows that nobody needs, to see when the symbol was traded. Nothing follows from a failure. */
async function look(
  run: Run,
  source: RangeSource,
  key: CacheKey,
  span: TimeSpan,
): Promise<'rows' | 'nothing' | 'failed'> {
  const { ledger, engine, signal } = run;
  try {
    const answer = await source.fetch(key, span, signal === undefined ? {} : { signal });
    const cost = answer.cost ?? { requests: 1, bytes: 0 };
    run.addLook(source.name, cost, false);
    if (answer.status !== 'ok' || answer.batch.numRows === 0) {
      record(ledger, { type: 'silence', source: source.name, span });
      return 'nothing';
    }
    const times = timesOf(engine.catalog.datasetOf(key), answer.batch);
    const question = { source: source.name, kind: 'range', span } as const;
    const [rows, first, last] = [answer.batch.numRows, times[0], times.at(-1)];
    record(ledger, { type: 'rows-seen', question, rows, first, last, stored: [], cost });
    return 'rows';
  } catch (error) {
    throwIfAborted(signal);
    run.addLook(source.name, costOf(error), true);
    return 'failed';
  }
}
