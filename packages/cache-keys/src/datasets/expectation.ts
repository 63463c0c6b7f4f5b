import type { Interval } from '../time/interval.ts';

/** A row at each place of a grid. A row off the grid counts for the nearest place of it. */
export interface GridExpectation {
  readonly rule: 'grid';
  /** The distance of two places; `interval` is that of the key, as for klines. */
  readonly every: Interval | 'interval';
}

/** Ids that step by one from row to row, within a day and from day to day. */
export interface IdExpectation {
  readonly rule: 'ids';
  /** The column that holds the id, an `int64`. */
  readonly column: string;
}

/** The next row follows after so many hours as a column of the rows says. */
export interface IntervalExpectation {
  readonly rule: 'interval';
  /** The column that holds the hours, an `int64`. */
  readonly column: string;
  /** A row may stand this far from its place. */
  readonly toleranceSeconds: number;
}

/** Rows come at a usual pace; a pause above a multiple of it is a gap. */
export interface PauseExpectation {
  readonly rule: 'pause';
  readonly usualSeconds: number;
  /** A longer pause than this many usual steps is a gap. */
  readonly multiple: number;
  /** Why it is this figure. */
  readonly reason: string;
}

/** Ids that jump now and then; a long silence over which they jump by many is a gap. */
export interface SilenceExpectation {
  readonly rule: 'silence';
  /** The column that holds the id, an `int64`. */
  readonly column: string;
  /** A shorter silence is none. */
  readonly hours: number;
  /** Over a silence that is a gap, the ids jump by at least this many. */
  readonly ids: number;
  /** Why it is these figures. */
  readonly reason: string;
}

/** Rows come when something happens, and nothing in them tells that one is missing. */
export interface NoExpectation {
  readonly rule: 'none';
  readonly reason: string;
}

/**
 * What one expects of the rows of a dataset. What `grid`, `ids` and `interval` find is missing; what `pause` and
 * `silence` find is missing as a rule, and so it is called `usual`.
 */
export type Expectation =
  GridExpectation | IdExpectation | IntervalExpectation | PauseExpectation | SilenceExpectation | NoExpectation;

/** How surely a rule finds what is missing; `none` finds nothing. */
export type ExpectationStrength = 'exact' | 'usual' | 'none';

const STRENGTH = {
  grid: 'exact',
  ids: 'exact',
  interval: 'exact',
  pause: 'usual',
  silence: 'usual',
  none: 'none',
} as const satisfies Record<Expectation['rule'], ExpectationStrength>;

export const NOTHING_EXPECTED: NoExpectation = { rule: 'none', reason: 'the dataset does not say' };

/** How surely this expectation finds what is missing of a dataset. */
export function strengthOf({ rule }: Expectation): ExpectationStrength {
  return STRENGTH[rule];
}

/** One sentence that says what is expected, for the evidence of a gap and for tables. */
export function expectationText(expectation: Expectation): string {
  switch (expectation.rule) {
    case 'grid':
      return `a row every ${expectation.every === 'interval' ? 'interval of the key' : expectation.every}`;
    case 'ids':
      return `${expectation.column} steps by one from row to row and from day to day`;
    case 'interval':
      return `a row every ${expectation.column}, as the rows themselves say, within ${expectation.toleranceSeconds} s`;
    case 'pause': {
      const { usualSeconds, multiple, reason } = expectation;
      return `usually a row every ${usualSeconds} s, and no pause above ${usualSeconds * multiple} s: ${reason}`;
    }
    case 'silence': {
      const { column, hours, ids, reason } = expectation;
      return `usually no silence of ${hours} h over which ${column} jumps by ${ids} or more: ${reason}`;
    }
    case 'none':
      return `nothing: ${expectation.reason}`;
    default:
      return expectation satisfies never;
  }
}
