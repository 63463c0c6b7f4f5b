import type { AwsV4Signer } from 'aws4fetch';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { Gate } from '../disk/gate.ts';
import { sleep as wait } from '../disk/sleep.ts';
import { CredentialCache, type S3Credentials } from './credentials.ts';
import { readBody } from './read-body.ts';
import { type S3Failure, failureOf, isExpired, isSkewed, mayPass, networkFailure, s3Error } from './s3-failure.ts';
import { type S3Options, type S3Place, placeOf } from './s3-options.ts';

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'HEAD' | 'DELETE';
  /** Below the bucket, as a path that is encoded already. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** Answers that are none of the failures. */
  readonly accepted: readonly number[];
  /** Whether an accepted answer holds what was asked for; where it does not, it is asked for again. @default it does */
  readonly isWhole?: ((answer: S3Answer) => boolean) | undefined;
  /** For messages: what is done, and to which object. */
  readonly operation: string;
  readonly object: string;
  readonly signal?: AbortSignal | undefined;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

type Signer = typeof AwsV4Signer;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** Sends signed requests: so many at a time, each in so long, and again where that may help. */
export class S3Requests {
  readonly place: S3Place;
  readonly #options: S3Options;
  readonly #credentials: CredentialCache;
  readonly #gate: Gate;
  readonly #now: () => number;
  /** Keys that are derived from the secret, one a day. */
  readonly #derived = new Map<string, ArrayBuffer>();
  #signer: Promise<Signer> | undefined;
  /** How much later it is at the bucket, as far as it has complained. */
  #skewMs = 0;

  constructor(options: S3Options) {
    this.place = placeOf(options);
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#credentials = new CredentialCache(this.place.provider, this.#now);
    this.#gate = new Gate(options.inFlight ?? 32);
  }

  /** @throws {ArrowStoreError} `E_BUCKET`, `E_CREDENTIALS`, `E_PERMISSION`, `E_TIMEOUT`, `E_ABORTED` */
  async send(request: S3Request): Promise<S3Answer> {
    const leave = await this.#gate.enter(1);
    try {
      return await this.#sendAgainAndAgain(request);
    } finally {
      leave();
    }
  }

  async #sendAgainAndAgain(request: S3Request): Promise<S3Answer> {
    const { attempts: most = 6, sleep = wait, random = Math.random } = this.#options;
    let renewed = false;
    let corrected = false;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(request);
      const credentials = await this.#credentials.get();
      const answer = await this.#attempt(request, credentials);
      if (!('failure' in answer)) return answer;
      const { failure, headers } = answer;
      if (isSkewed(failure) && !corrected && this.#correctClock(headers)) corrected = true;
      else if (isExpired(failure) && !renewed) {
        renewed = true;
        this.#credentials.renew(credentials);
      } else if (!mayPass(failure) || attempt >= most) throw this.#told(request, failure, attempt);
      else {
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.5 + random() / 2);
        await sleep(Math.max(pause, retryAfterMs(headers)), request.signal).catch(() => {
          throwIfAborted(request);
        });
      }
    }
  }

  async #attempt(request: S3Request, credentials: S3Credentials): Promise<S3Answer | Failed> {
    const { timeoutMs = 60_000, fetch = globalThis.fetch } = this.#options;
    const { method, body, accepted, isWhole = () => true, signal } = request;
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const { url, headers } = await this.#sign(request, credentials);
      const response = await fetch(url, {
        method,
        headers,
        // A signature holds for one host: whoever sends us elsewhere is not followed.
        redirect: 'manual',
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      });
      const bytes = await readBody(response, method);
      if (bytes === undefined) return { failure: TRUNCATED };
      if (accepted.includes(response.status)) {
        const answer = { status: response.status, headers: response.headers, bytes };
        return isWhole(answer) ? answer : { failure: TRUNCATED };
      }
      return { failure: failureOf(response.status, new TextDecoder().decode(bytes)), headers: response.headers };
    } catch (error) {
      throwIfAborted(request);
      if (error instanceof ArrowStoreError) throw error;
      return { failure: limit.aborted ? TOO_LONG : networkFailure(error) };
    }
  }

  async #sign({ method, path, headers, body }: S3Request, credentials: S3Credentials) {
    const Signer = await (this.#signer ??= signerClass());
    const datetime = new Date(this.#now() + this.#skewMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const signer = new Signer({
      method,
      url: `${this.place.base}${path}`,
      ...(headers === undefined ? {} : { headers }),
      // Its bytes are not hashed for the signature: Content-MD5 is signed.
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: 's3',
      region: this.place.region,
      cache: this.#derived,
      datetime,
    });
    return signer.sign();
  }

  /** Takes the bucket's clock, where it says what time it is. */
  #correctClock(headers: Headers | undefined): boolean {
    const there = Date.parse(headers?.get('date') ?? '');
    if (Number.isNaN(there)) return false;
    this.#skewMs = there - this.#now();
    return true;
  }

  #told({ operation, object }: S3Request, failure: S3Failure, attempts: number): ArrowStoreError {
    const path = `${this.place.name}${object}`;
    if (failure !== TOO_LONG) return s3Error(operation, path, failure, attempts);
    const limitMs = this.#options.timeoutMs ?? 60_000;
    const message = `${quote(path)}: ${operation} took longer than ${limitMs} ms, ${attempts} times.`;
    return new ArrowStoreError('E_TIMEOUT', message, { path, limitMs });
  }
}

interface Failed {
  readonly failure: S3Failure;
  readonly headers?: Headers;
}

const TOO_LONG: S3Failure = { reason: 'timeout', status: undefined };

/** Fewer bytes than were announced, where whoever is between has cut them off and closed the connection in good order. */
const TRUNCATED: S3Failure = { reason: 'IncompleteBody', status: undefined };

function retryAfterMs(headers: Headers | undefined): number {
  const seconds = Number(headers?.get('retry-after') ?? 0);
  return seconds > 0 ? Math.min(seconds * 1000, 4 * LONGEST_PAUSE_MS) : 0;
}

function throwIfAborted({ signal, object }: S3Request): void {
  if (signal?.aborted !== true) return;
  const message = `${quote(object)}: stopped by the caller.`;
  throw new ArrowStoreError('E_ABORTED', message, { path: object }, { cause: signal.reason });
}

/** Loaded with the first request: who only names a bucket in an option needs no signature. */
async function signerClass(): Promise<Signer> {
  try {
    return (await import('aws4fetch')).AwsV4Signer;
  } catch {
    const message = 'A bucket needs the package aws4fetch beside @vision-cache/arrow-store: npm install aws4fetch.';
    throw new ArrowStoreError('E_OPTION', message, { option: 'aws4fetch', received: undefined });
  }
}
