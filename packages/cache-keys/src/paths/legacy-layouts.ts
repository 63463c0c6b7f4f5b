import type { MarketType } from '../datasets/datasets.ts';

/**
 * The layouts that were written over time; see `docs/caching-migration-guide.md`.
 * `S` is the roadmap's old path, `N` the new one before files were sealed, the others the Python project's.
 */
export type LegacyGeneration =
  'S' | 'N' | 'G0' | 'G1' | 'G2' | 'G3' | 'G4' | 'G5' | 'G5b' | 'G6' | 'G7' | 'G8' | 'G9' | 'G10';

export interface LegacyLayout {
  /** Several where the layout is the same, and only the bytes tell them apart. */
  readonly generations: readonly LegacyGeneration[];
  /**
   * Matches the path below the root. Its groups: `symbol`, or `base` with `quote` or `contract`; `interval`; `date`;
   * `market`; `nature`.
   */
  readonly pattern: RegExp;
  /** The market of every such path, where the layout rather than the path tells. */
  readonly marketType?: MarketType;
  /** The interval was written in small or capital letters, so that `1m` and `1M` cannot be told apart. */
  readonly caseLost?: true;
}

const SYMBOL = '(?<symbol>[^/]+)';
const INTERVAL = '(?<interval>[^/-]+)';
const DAY = '(?<date>\\d{4}-\\d{2}-\\d{2})';
const DAY_DIGITS = '(?<date>\\d{8})';
const MONTH_DIGITS = '(?<date>\\d{6})';

const path = (pattern: string, flags?: 'i'): RegExp => new RegExp(`^${pattern}\\.arrow$`, flags);

/** Every layout but the new one; no path has two of them. */
export const LAYOUTS: readonly LegacyLayout[] = [
  // The roadmap's script put bars longer than a day by the day, a month's in `1M`: no path of the new layout.
  {
    generations: ['N'],
    pattern: path(
      `(?:data/)?binance/(?<market>spot|um|cm)/(?<nature>[A-Za-z]*[kK]lines)/daily/${SYMBOL}/(?<interval>3d|1w|1mo|1M)/${DAY}`,
    ),
  },
  {
    generations: ['G1', 'G2'],
    pattern: path(`(?:data/)?binance/spot/klines/daily/${SYMBOL}/${INTERVAL}/${MONTH_DIGITS}`),
    marketType: 'spot',
  },
  {
    generations: ['G3'],
    pattern: path(`(?:data/)?binance/spot/klines/daily/${SYMBOL}/${INTERVAL}/${DAY_DIGITS}`),
    marketType: 'spot',
    caseLost: true,
  },
  { generations: ['G4'], pattern: path(`BINANCE/KLINES/${SYMBOL}/${INTERVAL}/${DAY}`), caseLost: true },
  {
    generations: ['G5', 'G5b'],
    pattern: path(`BINANCE/KLINES/(?<market>spot)/${SYMBOL}/${INTERVAL}/${DAY}`),
    caseLost: true,
  },
  {
    generations: ['G5b'],
    pattern: path(`BINANCE/KLINES/(?<market>futures_um|futures_cm)/${SYMBOL}/${INTERVAL}/${DAY}`),
    caseLost: true,
  },
  {
    generations: ['G5'],
    pattern: path(`BINANCE/KLINES/futures/(?<market>usdt|coin)/${SYMBOL}/${INTERVAL}`),
    caseLost: true,
  },
  {
    generations: ['G6'],
    pattern: path(`binance/klines/(?<market>spot)/(?<base>[^/]+)/(?<quote>[^/]+)/${INTERVAL}/${DAY_DIGITS}`),
    caseLost: true,
  },
  {
    generations: ['G6'],
    pattern: path(`binance/klines/futures/(?<market>usdt|coin)/${SYMBOL}/${INTERVAL}`),
    caseLost: true,
  },
  {
    generations: ['G7', 'G8', 'G9'],
    pattern: path(
      `(?:data/)?(?<market>spot|futures/um|futures/cm)/daily/klines/${SYMBOL}/${INTERVAL}/\\k<symbol>-\\k<interval>-${DAY}`,
    ),
  },
  {
    generations: ['G10'],
    pattern: path(
      `binance/klines/(?<market>spot)/daily/klines/${SYMBOL}/${INTERVAL}/\\k<symbol>-\\k<interval>-${DAY}`,
      'i',
    ),
    caseLost: true,
  },
  {
    generations: ['G10'],
    pattern: path(
      'binance/klines/(?:[^/]+/)*(?<market>usdt|coin)/(?<base>[^/]+)/(?:usdt|coin)-\\k<base>-(?<contract>[^/-]+)--',
      'i',
    ),
    caseLost: true,
  },
  { generations: ['G0'], pattern: path(`(?:data/)?${SYMBOL}/${INTERVAL}/${MONTH_DIGITS}`) },
  { generations: ['S'], pattern: path(`(?:data/)?${SYMBOL}/${INTERVAL}/(?<date>\\d{4}-\\d{2}-\\d{2}|\\d{8})`) },
];
