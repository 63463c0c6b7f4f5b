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
  json: toggle('JSON on stdout, one object per line'),
  quiet: toggle('Only errors on stderr'),
  verbose: toggle('Print more, also the causes of an error'),
} as const;

export const CACHE = {
  cache: word('FOLDER', 'Folder or s3://bucket/prefix (default: VISION_CACHE_DIR, or the platform’s cache folder)'),
  s3Endpoint: word('URL', 'Address of an S3 server other than AWS (VISION_CACHE_S3_ENDPOINT)'),
  demo: toggle('Try it without a network: with a made-up archive and a cache in the temporary folder'),
  ...COMMON,
} as const;

export const HOSTS = {
  archiveUrl: word('URL', 'Address of the archive (VISION_CACHE_ARCHIVE_URL)'),
  listingUrl: word('URL', 'Address of the archive’s listing (VISION_CACHE_LISTING_URL)'),
  restUrl: words('URL', 'Addresses of REST: a URL, or market=URL for each, or none (VISION_CACHE_REST_URL)'),
  ...CACHE,
} as const;

export const EXIT_CODES = `Exit codes: ${EXIT.DONE} done; ${EXIT.FINDINGS} done, with findings; ${EXIT.USAGE} usage or state; ${EXIT.FAILED} interrupted or failed: run it again.`;
