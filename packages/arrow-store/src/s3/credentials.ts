import { ArrowStoreError } from '../contract/errors.ts';

/** What a request is signed with. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** From when they no longer count, epoch milliseconds: a provider is asked again a minute before. */
  readonly expiresAt?: number | undefined;
}

/** Asked before the first request, when its answer expires, and when the bucket says that it has expired. */
export type S3CredentialsProvider = () => S3Credentials | Promise<S3Credentials>;

/** The variables that every S3 client reads. @throws {ArrowStoreError} `E_CREDENTIALS` if they are not set */
export function credentialsFrom(environment: Readonly<Record<string, string | undefined>>): S3Credentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: token,
  } = environment;
  if (!accessKeyId || !secretAccessKey) {
    const message =
      'No credentials for the bucket: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass `credentials`.';
    throw new ArrowStoreError('E_CREDENTIALS', message, { path: '', reason: 'none are given' });
  }
  return { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) };
}

const RENEW_BEFORE_MS = 60_000;

/** Credentials that are asked for once, by however many requests at a time. */
export class CredentialCache {
  readonly #provider: S3CredentialsProvider;
  readonly #now: () => number;
  #asked: Promise<S3Credentials> | undefined;
  #current: S3Credentials | undefined;

  constructor(provider: S3CredentialsProvider, now: () => number) {
    this.#provider = provider;
    this.#now = now;
  }

  async get(): Promise<S3Credentials> {
    const found = await (this.#asked ??= this.#ask());
    if (found.expiresAt === undefined || this.#now() < found.expiresAt - RENEW_BEFORE_MS) return found;
    this.renew(found);
    return (this.#asked ??= this.#ask());
  }

  /** These are refused, or soon will be; whoever has other ones by now keeps them. */
  renew(refused: S3Credentials): void {
    if (this.#current === refused) this.#asked = undefined;
  }

  async #ask(): Promise<S3Credentials> {
    try {
      this.#current = checked(await this.#provider());
      return this.#current;
    } catch (error) {
      this.#asked = undefined;
      if (error instanceof ArrowStoreError) throw error;
      // The provider's own words may hold what nobody should read in a log.
      const message = 'The function `credentials` has failed.';
      throw new ArrowStoreError('E_CREDENTIALS', message, { path: '', reason: 'the provider failed' });
    }
  }
}

/** What a function gives need not be what it says; of what it gave nothing is told. */
function checked(found: unknown): S3Credentials {
  const { accessKeyId, secretAccessKey } = Object(found) as Readonly<Record<string, unknown>>;
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  if (isText(accessKeyId) && isText(secretAccessKey)) return found as S3Credentials;
  const message = 'The result of the function `credentials` has no accessKeyId or no secretAccessKey.';
  throw new ArrowStoreError('E_CREDENTIALS', message, { path: '', reason: 'none are given' });
}
