import { type Span, spanText, text } from '../world/calendar.ts';
import type { Memory } from './memory.ts';
import { closeOf, hasBars, isClosed, isRow, placesWithin, type World } from '../world/world.ts';

export interface ModelGap extends Span {
  readonly kind: string;
  readonly evidence: string;
}

export interface ModelCovered extends Span {
  readonly source: string;
  readonly via: string;
}

/** An answer in the model's own terms. */
export interface ModelAnswer {
  readonly span: Span;
  readonly rows: readonly { readonly at: number; readonly close: number }[];
  readonly spans: readonly ModelCovered[];
  readonly gaps: readonly ModelGap[];
  readonly complete: boolean;
  readonly missingIds: number;
  readonly warnings: readonly string[];
  readonly activity: {
    readonly hits: number;
    readonly misses: number;
    readonly absent: number;
    readonly sources: Readonly<
      Record<string, { readonly asked: number; readonly failed: number; readonly missing: number }>
    >;
  };
}

export type Tell = (kind: string, text: string) => void;

/** Rows are real, closed, within the range, in order and once, with the right values, and none is lost. */
export function judgeRows(world: World, memory: Memory, answer: ModelAnswer, now: number, tell: Tell): void {
  const { span, rows } = answer;
  let before = Number.NEGATIVE_INFINITY;
  for (const { at, close } of rows) {
    if (at < span.start || at >= span.end) tell('rows-outside', `${text(at)} of ${spanText(span)}`);
    if (at <= before) tell('rows-order', `${text(at)} after ${text(before)}`);
    before = at;
    if (!isRow(world, at)) tell('rows-unreal', text(at));
    else if (!isClosed(world, at, now) && hasBars(world)) tell('rows-open', text(at));
    const values = memory.valuesOf(at);
    if (values.size === 0) tell('rows-unreal', `${text(at)}: no source gave it`);
    else if (!values.has(close)) {
      const shifts = [...values].map((value) => (value - closeOf(at)).toFixed(0)).join('|');
      tell('rows-value', `${text(at)}: ${(close - closeOf(at)).toFixed(0)} in place of ${shifts} (above the truth)`);
      return;
    }
  }
  const got = new Set(rows.map(({ at }) => at));
  const lost = [...memory.kept].filter((at) => at >= span.start && at < span.end && !got.has(at));
  if (lost.length > 0) tell('rows-lost', `${lost.length} rows from ${text(Math.min(...lost))} on were answered before`);
}

/** Spans and gaps divide the range, and say what the rows say. */
export function judgeCoverage(world: World, answer: ModelAnswer, tell: Tell): void {
  const { span, rows, spans, gaps } = answer;
  const parts = [...spans.map((part) => ({ ...part, kind: '' })), ...gaps].sort((a, b) => a.start - b.start);
  let end = span.start;
  for (const part of parts) {
    if (part.start !== end) {
      tell(part.start < end ? 'coverage-overlaps' : 'coverage-rest', `at ${text(Math.min(part.start, end))}`);
    }
    if (part.start >= part.end) tell('coverage-empty', spanText(part));
    end = Math.max(end, part.end);
  }
  if (end !== span.end && span.start < span.end) tell('coverage-rest', `from ${text(end)} to ${text(span.end)}`);
  if (answer.complete !== (gaps.length === 0 && answer.missingIds === 0)) {
    tell(
      'coverage-complete',
      `complete: ${answer.complete}, ${gaps.length} gaps, ${answer.missingIds} runs of ids missing`,
    );
  }
  for (const gap of gaps) {
    const inside = rows.find(({ at }) => at >= gap.start && at < gap.end);
    if (inside !== undefined) tell('coverage-row-in-gap', `${text(inside.at)} in ${gap.kind} ${spanText(gap)}`);
  }
  if (!hasBars(world)) return;
  const got = new Set(rows.map(({ at }) => at));
  for (const part of spans) {
    const empty = placesWithin(world, part).find((at) => !got.has(at));
    if (empty !== undefined) tell('coverage-place-without-row', `${text(empty)} in a span of ${part.source}`);
  }
}
