import { daysBetween, monthsBetween, spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import type { ParsedQuery } from './query.ts';
import { intersection } from '../spans/spans.ts';

export type WindowSize = 'day' | 'month';

/** A month of 1s bars is 235 MB, and a day of trades may be as much: those go by the day. */
export function defaultWindow({ interval, keys }: ParsedQuery): WindowSize {
  return keys[0]?.packagingFrequency === 'daily' && (interval === undefined || interval === '1s') ? 'day' : 'month';
}

/** A range in parts of one UTC day or month each, in order, the first and the last one cut at the range's ends. */
export function windowsOf(span: TimeSpan, size: WindowSize): TimeSpan[] {
  const dates = size === 'day' ? daysBetween(span.start, span.end) : monthsBetween(span.start, span.end);
  return dates.map((date) => intersection(spanOf(date), span)).filter((part) => part !== undefined);
}
