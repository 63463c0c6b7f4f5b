import {
  type MarketType,
  type LegacyGeneration,
  cachePath,
  parseCachePath,
  parseLegacyPath,
} from '@vision-cache/cache-keys';
import type { Inspected } from './inspect-file.ts';
import type { TemplateFacts } from './layout-template.ts';
import type { PlannedFate, PlanHeader } from '../contract/migration-plan.ts';

/** What a path alone says: an old file with these facts, or something else and why. */
export type PathFacts =
  | {
      readonly known: true;
      readonly generations: readonly LegacyGeneration[];
      readonly marketType: MarketType | undefined;
      readonly dataNature: string;
      readonly symbol: string;
      readonly intervals: readonly string[];
      readonly date: string | undefined;
    }
  | { readonly known: false; readonly why: string };

/** The facts of a path by the user's own layout, then by those of the old project. */
export function pathFacts(path: string, template?: (path: string) => TemplateFacts | undefined): PathFacts {
  const own = template?.(path);
  if (own !== undefined) return { known: true, generations: [], dataNature: 'klines', ...own };
  const parsed = parseLegacyPath(path);
  if (parsed.status === 'unknown') {
    const why = template === undefined ? parsed.reason : `--layout does not fit it, and ${parsed.reason}`;
    return { known: false, why };
  }
  const marketType = parsed.generations.some((each) => SAY_SPOT.has(each)) ? undefined : parsed.marketType;
  return { known: true, ...parsed, marketType };
}

/** The word spot in their paths says nothing: they wrote it for every market. */
const SAY_SPOT: ReadonlySet<LegacyGeneration> = new Set<LegacyGeneration>(['G1', 'G2', 'G3']);

/** Whether a file that is in the new form stands where it belongs. */
export function isHome(path: string): boolean {
  try {
    return cachePath(parseCachePath(path)) === path;
  } catch {
    return false;
  }
}

export interface Verdict {
  readonly fate: PlannedFate;
  readonly sure: 'certain' | 'by-content';
  readonly reason?: string;
}

/** Containers that hold rows; all others are refused for what they are. */
export const READABLE: ReadonlySet<string> = new Set(['ipc-file', 'ipc-stream', 'parquet', 'sealed']);

/** What is to become of an old file, as far as its path and its first and last bytes tell. Pure. */
export function judge(
  facts: PathFacts & { known: true },
  { container, whole }: Pick<Inspected, 'container' | 'whole'>,
  { market, marketGiven }: Pick<PlanHeader, 'market' | 'marketGiven'>,
): Verdict {
  if (!READABLE.has(container)) return { fate: 'refuse', sure: 'certain', reason: container };
  if (!whole) return { fate: 'refuse', sure: 'certain', reason: 'cut' };
  if (container === 'sealed') return { fate: 'migrate', sure: 'certain' };
  if (facts.dataNature !== 'klines') return { fate: 'refuse', sure: 'certain', reason: 'not-klines' };
  if (facts.marketType === undefined && !mayBeOf(market, facts.symbol)) {
    return { fate: 'refuse', sure: 'certain', reason: marketGiven ? 'not-of-market' : 'unknown-market' };
  }
  if (facts.intervals.length !== 1) return { fate: 'migrate', sure: 'by-content', reason: 'interval-by-rows' };
  return { fate: 'migrate', sure: 'by-content' };
}

/** No spot symbol has an underline, and every one of coin-margined futures has: a dated or a perpetual contract. */
function mayBeOf(market: string, symbol: string): boolean {
  if (market === 'um') return true;
  return symbol.includes('_') === (market === 'cm');
}
