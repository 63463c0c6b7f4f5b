import { OFF_GRID } from './coverage.ts';
import type { Hole } from '../contract/ports.ts';
import { intersection, subtract } from '../spans/spans.ts';

/**
 * Holes as they are stored, with what a request found out about them: not everything is stored, for what may still come
 * is asked for again. A reason of what is not missing any more is dropped.
 */
export function withReasons(holes: readonly Hole[], reasons: readonly Hole[]): Hole[] {
  const known = reasons.filter(({ kind }) => kind !== undefined && kind !== OFF_GRID);
  if (known.length === 0) return [...holes];
  return holes
    .flatMap((hole): Hole[] => {
      if (hole.kind === OFF_GRID) return [hole];
      const explained = known.flatMap((reason): Hole[] => {
        const part = intersection(reason, hole);
        return part === undefined ? [] : [{ ...reason, ...part }];
      });
      return [...explained, ...subtract([hole], explained).map((part) => ({ ...hole, ...part }))];
    })
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}
