/** The options of each command, for `parseArgs`. */
const COMMON = {
  json: { type: 'boolean' },
  report: { type: 'string', multiple: true },
  progress: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const TAKE_OVER = { 'take-over': { type: 'boolean' } } as const;

export const OPTIONS = {
  plan: {
    ...COMMON,
    from: { type: 'string' },
    to: { type: 'string' },
    out: { type: 'string' },
    market: { type: 'string' },
    layout: { type: 'string' },
    deep: { type: 'boolean' },
  },
  apply: { ...COMMON, ...TAKE_OVER, 'remove-old': { type: 'boolean' }, durability: { type: 'string' } },
  verify: COMMON,
  rollback: { ...COMMON, ...TAKE_OVER, 'from-folders': { type: 'boolean' }, from: { type: 'string' } },
  status: COMMON,
  finish: { ...COMMON, ...TAKE_OVER },
} as const;

export type Command = keyof typeof OPTIONS;
