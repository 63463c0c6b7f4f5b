import type { Span } from '../world/calendar.ts';
import type { World } from '../world/world.ts';

export type Who = 'a' | 'b';

/** A request of a range. */
export interface Ask {
  readonly do: 'ask';
  readonly who: Who;
  readonly span: Span;
  readonly mode: 'fill' | 'refresh' | 'offline';
  readonly by: 'whole' | 'segments';
  /** How often a call to a source fails meanwhile. */
  readonly faults: number;
  /** The request is stopped at that call. */
  readonly abortAt?: number;
  /** A plan is made before. */
  readonly plan?: boolean;
  /** The other manager asks at the same time. */
  readonly twin?: Span;
  /** Throws where rows are missing that could be had. */
  readonly strict?: boolean;
}

export type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | Ask
  | { readonly do: 'restart' }
  /** A source is added for both managers. */
  | { readonly do: 'add'; readonly source: string }
  /** The entry of that place in the order of names loses its last half. */
  | { readonly do: 'damage'; readonly entry: number }
  | { readonly do: 'cannot-store'; readonly is: boolean }
  | { readonly do: 'audit' | 'reconcile'; readonly span: Span };

/** A world, who is asked in it at first, and what happens. Plain data. */
export interface Scenario {
  readonly seed: number;
  readonly world: World;
  readonly sources: readonly string[];
  /** Who the other manager asks at first, where it is not the same. */
  readonly others?: readonly string[];
  readonly steps: readonly Step[];
}

/** A claim that did not hold. */
export interface Finding {
  /** What kind of claim: findings of one kind are counted together. */
  readonly kind: string;
  /** The number of the step. */
  readonly step: number;
  readonly text: string;
}
