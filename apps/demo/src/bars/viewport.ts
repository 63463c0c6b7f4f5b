/** The span of time that is in view; epoch milliseconds, half open. */
export interface Viewport {
  readonly from: number;
  readonly to: number;
}

export interface ViewportLimits {
  /** Nothing is known before it. */
  readonly first: number;
  /** Nothing is known after it. */
  readonly last: number;
  /** The shortest span that can be zoomed into. */
  readonly shortest: number;
}

/** Some room beside the first and last bar, as a share of what is in view. */
const MARGIN = 0.25;

/** Keeps a viewport in sight of the data: never further out than everything, never away from it. */
export function clampViewport({ from, to }: Viewport, { first, last, shortest }: ViewportLimits): Viewport {
  const whole = Math.max(last - first, shortest);
  const span = Math.min(Math.max(to - from, shortest), whole * (1 + 2 * MARGIN));
  const middle = (from + to) / 2;
  const room = span * MARGIN;
  const earliest = first - room;
  const latest = last + room - span;
  const start = latest < earliest ? (earliest + latest) / 2 : Math.min(Math.max(middle - span / 2, earliest), latest);
  return { from: start, to: start + span };
}

/** Moved by a time; a negative one goes back. */
export function pan({ from, to }: Viewport, by: number): Viewport {
  return { from: from + by, to: to + by };
}

/** Shorter by a factor below 1, longer by one above; what lies at `anchor` stays where it is on the screen. */
export function zoom({ from, to }: Viewport, factor: number, anchor: number): Viewport {
  return { from: anchor - (anchor - from) * factor, to: anchor + (to - anchor) * factor };
}
