/** Binance's error, which comes with status 400. Source: its error codes. */
export interface Refusal {
  readonly code: number;
  readonly msg: string;
}

export const REFUSALS = {
  symbol: { code: -1121, msg: 'Invalid symbol.' },
  interval: { code: -1120, msg: 'Invalid interval.' },
  tooLong: { code: -1127, msg: 'More than 1 hours between startTime and endTime.' },
  window: { code: -4088, msg: 'Maximum time interval is 200 days.' },
  mandatory: (name: string): Refusal => ({
    code: -1102,
    msg: `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`,
  }),
  illegal: (name: string): Refusal => ({
    code: -1100,
    msg: `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`,
  }),
  invalid: (name: string): Refusal => ({ code: -1130, msg: `Data sent for parameter '${name}' is not valid.` }),
} as const;

/** How many rows are asked for, as many as there may be at most; undefined if that is no number from 1 on. */
export function limitOf(
  query: URLSearchParams,
  of: { readonly usual: number; readonly most: number },
): number | undefined {
  const text = query.get('limit');
  if (text === null) return of.usual;
  if (!/^\d+$/.test(text) || Number(text) === 0) return undefined;
  return Math.min(Number(text), of.most);
}

/** A whole number that is asked with: a time in milliseconds, or an id. NaN where it is none. */
export function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}
