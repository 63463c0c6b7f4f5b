import { EXIT } from './exit-codes.ts';

/** What every command takes. */
export interface CommonFlags {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

/** What every command takes that reads or writes a cache. */
export interface CacheFlags extends CommonFlags {
  readonly cache?: string | undefined;
  readonly demo?: boolean | undefined;
  readonly s3Endpoint?: string | undefined;
}

/** What every command takes that asks the network. */
export interface HostFlags extends CacheFlags {
  readonly archiveUrl?: string | undefined;
  readonly listingUrl?: string | undefined;
  readonly restUrl?: readonly string[] | undefined;
}

export const text = (value: string): string => value;

/** A whole number of at least 1. */
export function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new SyntaxError(`${value} is not a whole number of at least 1`);
  return number;
}

/** A flag that takes one word. */
export const word = <const P extends string>(placeholder: P, brief: string) =>
  ({ kind: 'parsed', parse: text, optional: true, placeholder, brief }) as const;

/** A flag that may be given several times, or once with commas. */
export const words = <const P extends string>(placeholder: P, brief: string) =>
  ({ kind: 'parsed', parse: text, optional: true, variadic: ',', placeholder, brief }) as const;

/** A flag that is there or not. */
export const toggle = (brief: string) => ({ kind: 'boolean', optional: true, withNegated: false, brief }) as const;

export const COMMON = {
  json: toggle('Rows of JSON on stdout, one a line'),
  quiet: toggle('Nothing on stderr but errors'),
  verbose: toggle('Say more; of an error also what caused it'),
} as const;

export const CACHE = {
  cache: word('FOLDER', 'The cache, or s3://bucket/prefix (else VISION_CACHE_DIR, else the platform’s cache folder)'),
  s3Endpoint: word('URL', 'Where a bucket is served that is not of AWS (VISION_CACHE_S3_ENDPOINT)'),
  demo: toggle('Try it without a network: a made-up archive, and a cache in the temporary folder'),
  ...COMMON,
} as const;

export const HOSTS = {
  archiveUrl: word('URL', 'Where the archive is served (VISION_CACHE_ARCHIVE_URL)'),
  listingUrl: word('URL', 'Where the archive is listed (VISION_CACHE_LISTING_URL)'),
  restUrl: words('URL', 'REST: one address, or market=URL for each, or none (VISION_CACHE_REST_URL)'),
  ...CACHE,
} as const;

export const EXIT_CODES = `Exit codes: ${EXIT.DONE} done; ${EXIT.FINDINGS} done, with findings; ${EXIT.USAGE} usage or state; ${EXIT.FAILED} interrupted or failed, run it again.`;
