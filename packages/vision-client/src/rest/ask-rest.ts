import { excerpt, quote, VisionClientError } from '../contract/errors.ts';
import type { AnswerHeaders } from '../contract/transport.ts';
import type { HttpAnswer } from '../http/attempt.ts';
import { HTTP_OPTION_NAMES, refuseNoUrl, refuseOption, refuseUnknownNames } from '../http/check-options.ts';
import { fetchWithRetry } from '../http/fetch-with-retry.ts';
import { createHttp, type Http, type HttpOptions } from '../http/options.ts';
import type { RestMarket } from '../contract/rest-market.ts';
import { REST_MARKETS } from './rest-endpoints.ts';
import { WeightBudget } from './weight-budget.ts';

export interface RestOptions extends HttpOptions {
  /** Where each market is asked. @default data-api.binance.vision, fapi.binance.com, dapi.binance.com */
  readonly baseUrls?: Partial<Readonly<Record<RestMarket, string>>>;
  /**
   * Weight that all clients of this process may use of each market in a minute. The two futures markets share one
   * budget: the smaller of their two figures. @default 90 % of what Binance allows
   */
  readonly weightPerMinute?: Partial<Readonly<Record<RestMarket, number>>>;
}

export interface RestHost {
  readonly baseUrl: string;
  readonly budget: WeightBudget;
}

/** What the REST clients of a process share. */
export interface RestHosts {
  readonly http: Http;
  readonly markets: Readonly<Record<RestMarket, RestHost>>;
}

const RESERVE = 0.9;

/**
 * The hosts of the three markets. Since 2026-06-30 the futures hosts count one weight of 2,400 together, so that both
 * have one budget here, and a pause or a ban of one is one of the other.
 */
export function restHosts(options: RestOptions, more: readonly string[] = []): RestHosts {
  refuseUnknownNames(options, [...HTTP_OPTION_NAMES, 'baseUrls', 'weightPerMinute', ...more]);
  refuseUnknownNames(options.baseUrls ?? {}, Object.keys(REST_MARKETS), 'baseUrls');
  refuseUnknownNames(options.weightPerMinute ?? {}, Object.keys(REST_MARKETS), 'weightPerMinute');
  const http = createHttp(options);
  const baseUrl = (name: RestMarket): string => {
    const url = options.baseUrls?.[name] ?? REST_MARKETS[name].baseUrl;
    refuseNoUrl(`baseUrls.${name}`, url);
    return url.replace(/\/+$/, '');
  };
  const limit = (name: RestMarket): number => {
    const weight = options.weightPerMinute?.[name] ?? REST_MARKETS[name].weightPerMinute * RESERVE;
    if (!(typeof weight === 'number' && weight > 0))
      refuseOption(`weightPerMinute.${name}`, weight, 'a positive number');
    return weight;
  };
  const [spot, um, cm] = [baseUrl('spot'), baseUrl('um'), baseUrl('cm')];
  const futures = `${new URL(um).origin} ${new URL(cm).origin} futures`;
  http.hosts.share(new URL(um), new URL(cm));
  const futuresLimit = Math.min(limit('um'), limit('cm'));
  return {
    http,
    markets: {
      spot: { baseUrl: spot, budget: new WeightBudget(http, `${new URL(spot).origin} spot`, limit('spot')) },
      um: { baseUrl: um, budget: new WeightBudget(http, futures, futuresLimit) },
      cm: { baseUrl: cm, budget: new WeightBudget(http, futures, futuresLimit) },
    },
  };
}

/** What a request answered, as JSON, and what it cost is added up. */
export interface RestContent {
  readonly content: unknown;
  /** Epoch milliseconds: the earlier of when it was sent and when the host says that it answered. */
  readonly asOf: number;
  /** Throws: the answer is not what the documentation says. */
  readonly refuse: (reason: string) => never;
}

export interface RestCost {
  requests: number;
  bytes: number;
}

/** 1000 rows have about 200 KB. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Disconnected, timed out, too many at work, shutting down: Binance's errors that pass. Source: its error codes. */
const PASSING_CODES = new Set([-1001, -1007, -1008, -1016]);

/**
 * One request for data, once its weight may be used. What passes, such as a maintenance, is asked for again.
 * @throws {VisionClientError} `E_REST_REFUSED`, `E_REST_UNAVAILABLE`, `E_REST_CONTENT`, the codes of the network
 */
export async function askRest(
  { http, markets }: RestHosts,
  market: RestMarket,
  { url, weight }: { readonly url: string; readonly weight: number },
  cost: RestCost,
  signal: AbortSignal | undefined,
): Promise<RestContent> {
  const account = await markets[market].budget.take(weight, url, signal);
  const sentAt = http.now();
  const answer = await fetchWithRetry(
    url,
    { signal, answers: [400], maxBytes: MAX_BYTES, passing: (answered) => unavailable(url, answered) },
    http,
  );
  account(answer.headers);
  cost.requests += answer.attempts;
  cost.bytes += answer.body.length;
  const { status, attempts } = answer;
  const received = excerpt(answer.body);
  const content = parsed(answer.body);
  const refusal = refusalOf(content);
  if (refusal !== undefined) {
    const { code, msg } = refusal;
    const message = `Binance refuses ${url}: ${quote(msg)} (${code}).`;
    const details = { url, attempts, status, received, binanceCode: code, binanceMessage: msg };
    throw new VisionClientError('E_REST_REFUSED', message, details);
  }
  const refuse = (reason: string): never => {
    const details = { url, attempts, received };
    throw new VisionClientError('E_REST_CONTENT', `${url} did not return rows: ${reason}.`, details);
  };
  if (status !== 200) return refuse(`status ${status}, ${quote(received)}`);
  return { content, asOf: Math.min(sentAt, dateOf(answer.headers)), refuse };
}

/** A maintenance, or another state of the host that ends: it says nothing of what was asked for. */
function unavailable(url: string, answer: HttpAnswer): VisionClientError | undefined {
  const { attempts, status, body } = answer;
  if (body.length > 4096) return undefined;
  const content = parsed(body);
  const code = refusalOf(content)?.code;
  if (!(code === undefined ? isMaintenance(content) : PASSING_CODES.has(code))) return undefined;
  const received = excerpt(body);
  const message = `${url} is not available now: ${quote(received)}.`;
  return new VisionClientError('E_REST_UNAVAILABLE', message, { url, attempts, status, received });
}

/** `{"239999":"… maintenance …"}`, which comes with 200 or 400. */
function isMaintenance(content: unknown): boolean {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return false;
  return Object.values(content).some((text) => typeof text === 'string' && /maintenance/i.test(text));
}

/** When the host made the answer: its clock decides which bars it takes for finished, where it tells. */
function dateOf(headers: AnswerHeaders): number {
  const told = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(told) ? Infinity : told;
}

/** What the body says as JSON, or undefined if it is none. */
function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** Binance's error, which may come with any status. */
function refusalOf(content: unknown): { readonly code: number; readonly msg: string } | undefined {
  if (typeof content !== 'object' || content === null || !('code' in content)) return undefined;
  const { code } = content;
  if (typeof code !== 'number') return undefined;
  return { code, msg: 'msg' in content && typeof content.msg === 'string' ? content.msg : '' };
}
