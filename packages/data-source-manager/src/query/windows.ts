import { daysBetween, monthsBetween, spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import type { ParsedQuery } from './query.ts';
import { intersection } from '../spans/spans.ts';

export type WindowSize = 'day' | 'month';

/** A month of 1s bars is 235 MB, and a day of trades may be as much: those go by the day. */
export function defaultWindow({ interval, keys }: ParsedQuery): WindowSize {
  return keys[0]?.packagingFrequency === 'daily' && (interval === undefined || interval === '1s') ? 'day' : 'month';
}

/**
 * A range in parts of one UTC day or month each, in order, the first and the last one cut at the range's ends. What is
 * before the dataset's first day belongs to the first part, and what is after today to the last.
 */
export function windowsOf({ span, outer }: Pick<ParsedQuery, 'span' | 'outer'>, size: WindowSize): TimeSpan[] {
  const parts = partsOf(span, size);
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return outer.start < outer.end ? [outer] : [];
  parts[parts.length - 1] = { start: last.start, end: outer.end };
  parts[0] = { start: outer.start, end: parts[0]!.end };
  return parts;
}

function partsOf(span: TimeSpan, size: WindowSize): TimeSpan[] {
  const dates = size === 'day' ? daysBetween(span.start, span.end) : monthsBetween(span.start, span.end);
  return dates.map((date) => intersection(spanOf(date), span)).filter((part) => part !== undefined);
}
