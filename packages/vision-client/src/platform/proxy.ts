import type { Transport } from '../contract/transport.ts';

const NAMES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const;

/** The variable that names a proxy for a URL, or undefined if none does or `NO_PROXY` names the host. */
export function proxyVariable(url: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  // A proxy for HTTP serves both, where HTTPS has none of its own; a proxy for HTTPS serves HTTPS only.
  const name = NAMES.find(
    (each) => (protocol === 'https:' || each.toLowerCase() === 'http_proxy') && environment[each],
  );
  if (name === undefined) return undefined;
  const without = (environment['no_proxy'] ?? environment['NO_PROXY'] ?? '').split(/[\s,]+/).filter(Boolean);
  const isExcluded = without.some((entry) => {
    if (entry === '*') return true;
    const [, host = '', only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    const ownPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    return (only === undefined || only === ownPort) && (hostname === host || hostname.endsWith(`.${host}`));
  });
  return isExcluded ? undefined : name;
}

/** What is used of undici, an optional peer. */
interface Undici {
  readonly fetch: (url: string, init: object) => ReturnType<Transport>;
  readonly EnvHttpProxyAgent: new () => object;
}

let viaProxy: Promise<Transport | undefined> | undefined;

/** The way through the proxy that the environment names; undefined if undici is not installed. */
export function proxyTransport(): Promise<Transport | undefined> {
  viaProxy ??= import('undici').then(
    (module: object & { readonly default?: unknown }) => {
      // A bundler may leave a CommonJS package no names but its default.
      const { fetch, EnvHttpProxyAgent } = ('EnvHttpProxyAgent' in module ? module : module.default) as Undici;
      const dispatcher = new EnvHttpProxyAgent();
      return (url, init) => fetch(url, { ...init, dispatcher });
    },
    () => undefined,
  );
  return viaProxy;
}

/** For tests, which change the environment. */
export function forgetProxy(): void {
  viaProxy = undefined;
}

/** What an error of a request says of a proxy; never its address, which may hold a password. */
export async function proxyHint(url: string): Promise<string> {
  const name = proxyVariable(url);
  if (name === undefined) return '';
  return (await proxyTransport()) === undefined
    ? `; ${name} is set, but it needs the package undici, which is not installed`
    : `; the request went through the proxy that ${name} names`;
}
