import { type OptionKinds, aBoolean, aFunction, aName, aSize, aText, anObject, anything, badOption, checkOptions, milliseconds } from '../contract/options.ts'; // prettier-ignore
import { type S3Credentials, type S3CredentialsProvider, credentialsFrom } from './credentials.ts';

export interface S3Options {
  /** Name of the bucket, which has to be there. */
  readonly bucket: string;
  /** What every key begins with, such as `team/cache/`; a slash at its end is added. @default none */
  readonly prefix?: string | undefined;
  /** URL of the server. @default AWS_ENDPOINT_URL_S3, else AWS_ENDPOINT_URL, else that of AWS in the region */
  readonly endpoint?: string | undefined;
  /** Region of the signature. @default AWS_REGION, else AWS_DEFAULT_REGION, else us-east-1 */
  readonly region?: string | undefined;
  /** Whether the bucket stands in the path and not in the host's name. @default true if there is an endpoint */
  readonly pathStyle?: boolean | undefined;
  /** What requests are signed with, or a function that is asked for it, and again when it expires. @default AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN */
  readonly credentials?: S3Credentials | S3CredentialsProvider | undefined;
  /** Attempts in all, of what may pass. @default 6 */
  readonly attempts?: number | undefined;
  /** How long one attempt may take, milliseconds. @default 60_000 */
  readonly timeoutMs?: number | undefined;
  /** Requests at a time. @default 32 */
  readonly inFlight?: number | undefined;
  /** Sends requests. @default that of the machine */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The clock of signatures, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Waits between two attempts. @default a timer */
  readonly sleep?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined;
  /** From 0 to 1, for the time between two attempts. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Variables that stand for what is not given. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

const KINDS: OptionKinds = {
  bucket: aName,
  prefix: aText,
  endpoint: aText,
  region: aName,
  pathStyle: aBoolean,
  credentials: anything,
  attempts: aSize,
  timeoutMs: milliseconds,
  inFlight: aSize,
  fetch: aFunction,
  now: aFunction,
  sleep: aFunction,
  random: aFunction,
  environment: anObject,
};

/** Where a bucket is, and what its requests are signed with. */
export interface S3Place {
  /** How it is called in messages: `s3://bucket/prefix`. */
  readonly name: string;
  /** The URL that keys are put behind, with a slash at its end. */
  readonly base: string;
  readonly prefix: string;
  readonly region: string;
  readonly provider: S3CredentialsProvider;
}

/** @throws {ArrowStoreError} `E_OPTION` */
export function placeOf(options: S3Options): S3Place {
  checkOptions(options, KINDS, 's3Objects');
  const { bucket, credentials, environment = process.env } = options;
  const own = (...names: readonly string[]) => names.map((name) => environment[name]).find((value) => value !== undefined && value !== ''); // prettier-ignore
  const region = options.region ?? own('AWS_REGION', 'AWS_DEFAULT_REGION') ?? 'us-east-1';
  const given = options.endpoint ?? own('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL');
  const endpoint = endpointOf(given ?? `https://s3.${region}.amazonaws.com`);
  if (!/^[a-z\d][\w.-]*$/i.test(bucket))
    throw badOption('bucket', /[:@]/.test(bucket) ? '(a name with credentials)' : bucket, 'the name of a bucket');
  const isInPath = options.pathStyle ?? (given !== undefined || bucket.includes('.'));
  const path = endpoint.pathname.replace(/\/$/, '');
  const base = isInPath
    ? `${endpoint.origin}${path}/${bucket}/`
    : `${endpoint.protocol}//${bucket}.${endpoint.host}${path}/`;
  const bare = (options.prefix ?? '').replace(/^\/+|\/+$/g, '');
  const prefix = bare === '' ? '' : `${bare}/`;
  if (hasDots(bare)) throw badOption('prefix', bare, 'a prefix without . and .. between slashes');
  const provider = typeof credentials === 'function' ? credentials : () => credentials ?? credentialsFrom(environment);
  return { name: `s3://${bucket}/${prefix}`, base, prefix, region, provider };
}

/** Whether a part between slashes is one that URLs take for a step up, or for none. */
export const hasDots = (key: string): boolean => key.split('/').some((part) => part === '.' || part === '..');

function endpointOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  // One with a password in it would come to stand in messages.
  if (!isPlain || url.username !== '' || url.password !== '') {
    throw badOption(
      'endpoint',
      /[@?#]/.test(text) ? '(a URL with credentials)' : text,
      'an http or https URL without credentials',
    );
  }
  return url;
}
