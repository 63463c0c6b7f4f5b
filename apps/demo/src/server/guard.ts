import { randomBytes, timingSafeEqual } from 'node:crypto';

/** What of a request decides whether it is heard. */
export interface Knock {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** `?token=` of the address. */
  readonly token: string | undefined;
}

export interface GuardOptions {
  /** What the server is bound to. */
  readonly host: string;
  readonly port: number;
  /** Asked for where the server can be reached from other machines. */
  readonly token: string | undefined;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const COOKIE = 'vision_cache_token';

export const isLoopback = (host: string): boolean => ['127.0.0.1', 'localhost', '::1'].includes(host);

/** A secret for the address, or none on loopback. */
export const tokenFor = (host: string): string | undefined =>
  isLoopback(host) ? undefined : randomBytes(18).toString('base64url');

export const cookieOf = (token: string): string => `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`;

/**
 * Why a request is not heard; undefined if it is. A page of another site can make a browser send requests here, and
 * by DNS rebinding even under a name of its own; so the Host must be one of ours, and where the browser says from which
 * page a request comes, it must be this one.
 */
export function refusal(knock: Knock, { host, port, token }: GuardOptions): string | undefined {
  const header = (name: string): string | undefined => {
    const value = knock.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const names = isLoopback(host) ? LOOPBACK : [...LOOPBACK, host];
  const asked = header('host')?.toLowerCase();
  const open = host === '0.0.0.0' || host === '::';
  const known = names.some((name) => asked === `${name}:${String(port)}` || (port === 80 && asked === name));
  // Bound to every address, no list of names is complete: the token decides.
  if (asked === undefined || (!known && !open)) return 'the Host header is not this server’s';
  const origin = header('origin');
  if (origin !== undefined && origin !== `http://${asked}`) return 'the request comes from a page of another origin';
  const site = header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'the request comes from a page of another site';
  if (knock.method !== 'GET' && knock.method !== 'HEAD' && site === 'none') return 'only this page may change anything';
  if (token !== undefined) {
    const given = knock.token ?? cookieValue(header('cookie'));
    if (given === undefined || !sameText(given, token)) return 'the token of the address is missing or wrong';
  }
  return undefined;
}

function cookieValue(cookies: string | undefined): string | undefined {
  for (const cookie of cookies?.split(';') ?? []) {
    const [name, value] = cookie.trim().split('=');
    if (name === COOKIE) return value;
  }
  return undefined;
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
