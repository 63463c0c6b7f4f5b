import type { VisionDataClientOptions } from '@vision-cache/vision-client';
import type { BinanceRestClientOptions } from '@vision-cache/vision-client/rest';
import type { HostFlags } from '../contract/flags.ts';
import { UsageError } from '../contract/usage-error.ts';

/** Where the archive, its listing and REST are asked; without `rest`, REST is not. */
export interface Hosts {
  readonly archive: Pick<VisionDataClientOptions, 'baseUrl' | 'listingUrl'>;
  readonly rest: Pick<BinanceRestClientOptions, 'baseUrls'> | undefined;
}

const MARKETS = ['spot', 'um', 'cm'] as const;

/** The hosts that the flags name, else the environment, else Binance's own. */
export function hostsOf(flags: HostFlags, environment: Readonly<Record<string, string | undefined>>): Hosts {
  const given = (name: string, value: string | undefined): string | undefined => {
    const url = value ?? environment[name];
    if (url === undefined || url === '') return undefined;
    if (!URL.canParse(url)) throw new UsageError(`${url} is not a URL such as https://data.binance.vision.`);
    return url;
  };
  const baseUrl = given('VISION_CACHE_ARCHIVE_URL', flags.archiveUrl);
  const listingUrl = given('VISION_CACHE_LISTING_URL', flags.listingUrl);
  const rest = flags.restUrl ?? environment['VISION_CACHE_REST_URL']?.split(',').filter((each) => each !== '') ?? [];
  return {
    archive: {
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(listingUrl === undefined ? {} : { listingUrl }),
    },
    rest: rest.length === 1 && rest[0] === 'none' ? undefined : { baseUrls: restUrls(rest) },
  };
}

function restUrls(given: readonly string[]): Partial<Record<(typeof MARKETS)[number], string>> {
  const urls: Partial<Record<(typeof MARKETS)[number], string>> = {};
  for (const each of given) {
    const [, name, url = each] = /^(\w+)=(.*)$/.exec(each) ?? [];
    const market = MARKETS.find((known) => known === name);
    if ((name !== undefined && market === undefined) || !URL.canParse(url))
      throw new UsageError(
        `${each} is not an address of REST: use a URL, one of ${MARKETS.join(', ')} with =URL, or none.`,
      );
    for (const of of market === undefined ? MARKETS : [market]) urls[of] = url;
  }
  return urls;
}

/** The proxy that the environment names for https, undefined if it names none. */
export function proxyOf(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  return names.map((name) => environment[name]).find((proxy) => proxy !== undefined && proxy !== '');
}
