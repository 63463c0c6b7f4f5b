import type { TimeSpan } from '@vision-cache/cache-keys';

/** Half-open spans in order, none touching another: what the functions here take and give. */
export type Spans = readonly TimeSpan[];

/** The part that two spans have in common, if any. */
export function intersection(a: TimeSpan, b: TimeSpan): TimeSpan | undefined {
  const start = a.start > b.start ? a.start : b.start;
  const end = a.end < b.end ? a.end : b.end;
  return start < end ? { start, end } : undefined;
}

/** Whether all of `inner` lies in `outer`. */
export const contains = (outer: TimeSpan, inner: TimeSpan): boolean =>
  outer.start <= inner.start && inner.end <= outer.end;

/** The parts of the spans within one span. */
export function clip(spans: Spans, within: TimeSpan): TimeSpan[] {
  const parts: TimeSpan[] = [];
  for (const span of spans) {
    const part = intersection(span, within);
    if (part !== undefined) parts.push(part);
  }
  return parts;
}

/** Of spans in order, none touching another, those that have something in common with one span. */
export function touching(spans: Spans, { start, end }: TimeSpan): Spans {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle]!.end <= start) low = middle + 1;
    else high = middle;
  }
  let to = low;
  while (to < spans.length && spans[to]!.start < end) to++;
  return spans.slice(low, to);
}

/** The spans in order, those that touch or overlap made one. */
export function union(spans: Spans): TimeSpan[] {
  const [only, another] = spans;
  if (only === undefined || another === undefined) return only === undefined || only.end <= only.start ? [] : [only];
  const sorted = [...spans].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const merged: { start: bigint; end: bigint }[] = [];
  for (const { start, end } of sorted) {
    if (end <= start) continue;
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) {
      if (end > last.end) last.end = end;
    } else {
      merged.push({ start, end });
    }
  }
  return merged;
}

/** What of `spans` lies in none of `taken`. */
export function subtract(spans: Spans, taken: Spans): TimeSpan[] {
  const left: TimeSpan[] = [];
  const gone = union(taken);
  for (const span of union(spans)) {
    let { start } = span;
    for (const hole of gone) {
      if (hole.end <= start) continue;
      if (hole.start >= span.end) break;
      if (hole.start > start) left.push({ start, end: hole.start });
      start = hole.end;
      if (start >= span.end) break;
    }
    if (start < span.end) left.push({ start, end: span.end });
  }
  return left;
}

/** Everything before an instant. */
export const upTo = (end: bigint): TimeSpan => ({ start: -(2n ** 62n), end });

/** Microseconds in all of the spans together. */
export function length(spans: Spans): bigint {
  return spans.reduce((sum, { start, end }) => sum + (end - start), 0n);
}
