import { text } from '../contract/flags.ts';

/** One series by its name. */
export const ONE_SERIES = {
  kind: 'tuple',
  parameters: [{ brief: 'A series as ls prints it: BTCUSDT/1m, um/BTCUSDT/1m', parse: text, placeholder: 'SERIES' }],
} as const;

/** Any number of series, by names and patterns; none is everything. */
export const SERIES_PATTERNS = {
  kind: 'array',
  parameter: {
    brief: 'Series or patterns, as ls prints them (default: everything)',
    parse: text,
    placeholder: 'SERIES',
  },
} as const;
