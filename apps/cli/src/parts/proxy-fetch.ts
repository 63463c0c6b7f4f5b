import { EnvHttpProxyAgent, fetch as proxiedFetch } from 'undici';

/** A `fetch` that goes through HTTPS_PROXY and HTTP_PROXY, except to what NO_PROXY names. */
export function proxyFetch(): typeof globalThis.fetch {
  const dispatcher = new EnvHttpProxyAgent();
  return ((input: string, init?: object) => proxiedFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}
