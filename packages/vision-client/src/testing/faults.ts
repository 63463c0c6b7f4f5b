import { forgetHosts } from '../http/rate-limiter.ts';
/** What can go wrong with one answer. */
export type Fault =
  /** Another status than the archive would give. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly body?: string }
  /** A page of HTML with status 200, as a captive portal gives it, and data.binance.vision for a listing. */
  | { readonly kind: 'html' }
  /** One byte of the body is another one. */
  | { readonly kind: 'wrong-body' }
  /** A CHECKSUM of other bytes; other answers pass unharmed. */
  | { readonly kind: 'wrong-checksum' }
  | { readonly kind: 'redirect'; readonly location: string }
  /** The body arrives whole, but in parts of that many bytes with that pause between them. */
  | { readonly kind: 'slow'; readonly bytes?: number; readonly milliseconds?: number }
  /** Nothing (`headers`), or nothing after half of the body, while the connection stays open. */
  | { readonly kind: 'stall'; readonly at: 'headers' | 'body' }
  /** Half of the body, then the end. Without a framing, nobody can tell from HTTP alone. */
  | { readonly kind: 'truncated'; readonly framing: 'content-length' | 'chunked' | 'none' }
  /** The connection is reset (RST) before the headers or amid the body. */
  | { readonly kind: 'reset'; readonly at: 'headers' | 'body' }
  /** The connection is closed (FIN) without an answer. */
  | { readonly kind: 'hang-up' }
  /** The answer is good; the connection, promised to stay open, is closed right after it. */
  | { readonly kind: 'close-after' }
  /** `content-encoding: gzip` that nobody asked for: of the body itself, or damaged. */
  | { readonly kind: 'gzip'; readonly isCorrupt: boolean }
  /** Bytes that are no HTTP. */
  | { readonly kind: 'garbage' };

/** Faults by name. */
export const FAULTS = {
  'not-found': { kind: 'status', status: 404 },
  'rate-limited': { kind: 'status', status: 429, retryAfter: '1', body: '{"code":-1003,"msg":"Too many requests."}' },
  banned: {
    kind: 'status',
    status: 418,
    retryAfter: '120',
    body: '{"code":-1003,"msg":"Way too many requests; IP banned."}',
  },
  'server-error': { kind: 'status', status: 503, body: 'Slow Down' },
  forbidden: { kind: 'status', status: 403, body: 'Request blocked.' },
  restricted: {
    kind: 'status',
    status: 451,
    body: '{"code":0,"msg":"Service unavailable from a restricted location."}',
  },
  html: { kind: 'html' },
  'wrong-body': { kind: 'wrong-body' },
  'wrong-checksum': { kind: 'wrong-checksum' },
  'redirect-elsewhere': { kind: 'redirect', location: 'https://elsewhere.invalid/' },
  'redirect-loop': { kind: 'redirect', location: '' },
  slow: { kind: 'slow' },
  'no-answer': { kind: 'stall', at: 'headers' },
  stall: { kind: 'stall', at: 'body' },
  truncated: { kind: 'truncated', framing: 'content-length' },
  'truncated-chunked': { kind: 'truncated', framing: 'chunked' },
  'truncated-silently': { kind: 'truncated', framing: 'none' },
  reset: { kind: 'reset', at: 'headers' },
  'reset-in-body': { kind: 'reset', at: 'body' },
  'hang-up': { kind: 'hang-up' },
  'close-after': { kind: 'close-after' },
  'corrupt-gzip': { kind: 'gzip', isCorrupt: true },
  'unasked-gzip': { kind: 'gzip', isCorrupt: false },
  garbage: { kind: 'garbage' },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;

/** Which requests a fault meets. */
export interface FaultRule {
  readonly fault: FaultName | Fault;
  /** A part of the decoded path and query, or a test of it. @default every request */
  readonly path?: string | RegExp | ((pathAndQuery: string) => boolean);
  /** How many requests it meets. @default every one */
  readonly times?: number;
  /** How many matching requests pass before. @default 0 */
  readonly skip?: number;
}

/** The rules of a server, each with its count. The first one that matches holds. */
export class FaultPlan {
  #rules: { readonly rule: FaultRule; matched: number }[] = [];

  constructor(rules: readonly FaultRule[] = []) {
    this.add(...rules);
  }

  add(...rules: readonly FaultRule[]): void {
    this.#rules.push(...rules.map((rule) => ({ rule, matched: 0 })));
  }

  clear(): void {
    forgetHosts();
    this.#rules = [];
  }

  /** The fault of the next request for that path, which counts as made. */
  next(pathAndQuery: string): Fault | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (!matches(rule.path, pathAndQuery)) continue;
      const { skip = 0, times = Infinity } = rule;
      entry.matched++;
      if (entry.matched <= skip || entry.matched > skip + times) continue;
      return typeof rule.fault === 'string' ? FAULTS[rule.fault] : rule.fault;
    }
    return undefined;
  }
}

function matches(path: FaultRule['path'], pathAndQuery: string): boolean {
  if (path === undefined) return true;
  if (typeof path === 'string') return pathAndQuery.includes(path);
  return path instanceof RegExp ? path.test(pathAndQuery) : path(pathAndQuery);
}
