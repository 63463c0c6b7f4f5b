import type { Interval } from '@vision-cache/cache-keys';
import type { Series } from '../../contract/api.ts';
import type { BarWindow } from '../../bars/aggregate.ts';
import type { BarCount } from '../../bars/count-bars.ts';

/** What the page asks of the worker that holds the bars. */
export type ToWorker =
  /** These entries, the first ones first; what was asked for before and has not begun is no longer wanted. */
  | { readonly kind: 'load'; readonly series: Series; readonly dates: readonly string[] }
  /** The bars of a span, summed up to an interval. */
  | {
      readonly kind: 'window';
      readonly id: number;
      readonly series: Series;
      readonly interval: Interval;
      readonly from: number;
      readonly to: number;
    }
  /** How many bars of an interval open within a span, of the entries that are loaded. */
  | {
      readonly kind: 'count';
      readonly id: number;
      readonly series: Series;
      readonly interval: Interval;
      readonly from: number;
      readonly to: number;
    }
  /** The entry has changed on disk. */
  | { readonly kind: 'forget'; readonly series: Series; readonly dates: readonly string[] };

export type FromWorker =
  /** No longer held: there was no room. */
  | { readonly kind: 'dropped'; readonly series: Series; readonly dates: readonly string[] }
  /** No longer held, as it was asked for: what was told as loaded before this is not there either. */
  | { readonly kind: 'forgotten'; readonly series: Series; readonly dates: readonly string[] }
  | {
      readonly kind: 'loaded';
      readonly series: Series;
      readonly dates: readonly string[];
      readonly milliseconds: number;
      readonly bytes: number;
    }
  | { readonly kind: 'failed'; readonly series: Series; readonly date: string; readonly sentence: string }
  | {
      readonly kind: 'window';
      readonly id: number;
      readonly interval: Interval;
      readonly window: BarWindow;
      readonly end: number;
    }
  | { readonly kind: 'count'; readonly id: number; readonly count: BarCount };

export const sameSeries = (a: Series, b: Series): boolean =>
  a.marketType === b.marketType && a.symbol === b.symbol && a.interval === b.interval;
