import { createHash } from 'node:crypto';
import type { FoundObject, GetOptions, ListOptions, ObjectInfo, ObjectOptions, ObjectStore, PutOptions } from '../objects/object-store.ts'; // prettier-ignore
import { badOption } from '../contract/options.ts';
import { parseListPage, plainEtag } from './list-page.ts';
import { s3Error } from './s3-failure.ts';
import { hasDots, type S3Options } from './s3-options.ts';
import { type S3Answer, S3Requests } from './s3-requests.ts';

/**
 * Objects in a bucket of S3, or of what speaks as S3 does: AWS, Ceph, R2, SeaweedFS, Garage. Every request is signed and
 * repeated where that may help; what is put carries `Content-MD5`.
 * @throws {ArrowStoreError} of each verb: `E_BUCKET`, `E_CREDENTIALS`, `E_PERMISSION`, `E_TIMEOUT`, `E_ABORTED`
 */
export function s3Objects(options: S3Options): ObjectStore {
  return new S3Objects(options);
}

class S3Objects implements ObjectStore {
  readonly name: string;
  readonly #requests: S3Requests;
  readonly #prefix: string;

  constructor(options: S3Options) {
    this.#requests = new S3Requests(options);
    this.name = this.#requests.place.name;
    this.#prefix = this.#requests.place.prefix;
  }

  #pathOf(key: string): string {
    // A URL leaves such parts out, and would name another object, or another bucket.
    if (!hasDots(key)) return encodedPath(`${this.#prefix}${key}`);
    throw badOption('key', key, 'a key without . and .. between slashes');
  }

  async get(key: string, { range, signal }: GetOptions = {}): Promise<FoundObject | undefined> {
    if (range !== undefined && range.end <= range.start) return this.#nothingOf(key, signal);
    const answer = await this.#requests.send({
      method: 'GET',
      path: this.#pathOf(key),
      ...(range === undefined ? {} : { headers: { Range: `bytes=${range.start}-${range.end - 1}` } }),
      accepted: [200, 206, 404, 416],
      isWhole: (answer) => answer.status !== 206 || isAsked(answer, range),
      operation: 'get',
      object: key,
      signal,
    });
    if (answer.status === 404) {
      this.#assertBucket(answer, 'get', key);
      return undefined;
    }
    if (answer.status === 416) return this.#nothingOf(key, signal);
    const { bytes } = answer;
    const size = totalOf(answer);
    // Who does not know ranges sends all of it.
    const isCut = answer.status === 200 && range !== undefined;
    return { ...infoOf(key, answer, size), bytes: isCut ? bytes.subarray(range.start, range.end) : bytes };
  }

  async #nothingOf(key: string, signal: AbortSignal | undefined): Promise<FoundObject | undefined> {
    const info = await this.head(key, { signal });
    return info === undefined ? undefined : { ...info, bytes: new Uint8Array(0) };
  }

  /** One request: an entry has at most 2 GiB, and a request may bring 5. */
  async put(
    key: string,
    parts: readonly Uint8Array[],
    { ifAbsent = false, signal }: PutOptions = {},
  ): Promise<ObjectInfo | undefined> {
    const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const md5 = createHash('md5').update(body).digest('base64');
    const answer = await this.#requests.send({
      method: 'PUT',
      path: this.#pathOf(key),
      headers: { 'Content-MD5': md5, ...(ifAbsent ? { 'If-None-Match': '*' } : {}) },
      body,
      accepted: [200, 201, 204, ...(ifAbsent ? [412, 501] : [])],
      operation: 'put',
      object: key,
      signal,
    });
    if (answer.status === 412) return undefined;
    if (answer.status === 501) return this.put(key, [body], { signal }); // A server without conditions says so.
    return infoOf(key, answer, body.length);
  }

  async head(key: string, { signal }: ObjectOptions = {}): Promise<ObjectInfo | undefined> {
    const path = this.#pathOf(key);
    const answer = await this.#requests.send({ method: 'HEAD', path, accepted: [200, 404], operation: 'head', object: key, signal }); // prettier-ignore
    return answer.status === 404 ? undefined : infoOf(key, answer, Number(answer.headers.get('content-length') ?? 0));
  }

  async delete(key: string, { signal }: ObjectOptions = {}): Promise<void> {
    const path = this.#pathOf(key);
    const answer = await this.#requests.send({ method: 'DELETE', path, accepted: [200, 204, 404], operation: 'delete', object: key, signal }); // prettier-ignore
    if (answer.status === 404) this.#assertBucket(answer, 'delete', key);
  }

  /** Of a bucket that is not there nothing is said as if it were empty. */
  #assertBucket({ bytes }: S3Answer, operation: string, key: string): void {
    const reason = /<Code>(\w+)<\/Code>/.exec(new TextDecoder().decode(bytes))?.[1];
    if (reason === 'NoSuchBucket') throw s3Error(operation, `${this.name}${key}`, { status: 404, reason }, 1);
  }

  async *list(prefix: string, { startAfter, signal }: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    let next: string | undefined;
    do {
      const page = await this.#listPage(prefix, startAfter, next, signal);
      for (const { key, ...info } of page.objects) {
        // What was not asked for is none of ours.
        if (key.startsWith(`${this.#prefix}${prefix}`)) yield { key: key.slice(this.#prefix.length), ...info };
      }
      // One that begins again would be listed for ever.
      if (page.next !== undefined && page.next === next)
        throw s3Error('list', `${this.name}${prefix}`, { status: 200, reason: 'NoListing' }, 1);
      next = page.next;
    } while (next !== undefined);
  }

  async #listPage(prefix: string, startAfter: string | undefined, next: string | undefined, signal?: AbortSignal) {
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix: `${this.#prefix}${prefix}`,
      ...(startAfter === undefined || next !== undefined ? {} : { 'start-after': `${this.#prefix}${startAfter}` }),
      ...(next === undefined ? {} : { 'continuation-token': next }),
    };
    const path = `?${Object.entries(query).map(([name, value]) => `${name}=${encoded(value)}`).join('&')}`; // prettier-ignore
    const answer = await this.#requests.send({ method: 'GET', path, accepted: [200], operation: 'list', object: prefix, signal }); // prettier-ignore
    const page = parseListPage(new TextDecoder().decode(answer.bytes));
    if (page !== undefined) return page;
    throw s3Error('list', `${this.name}${prefix}`, { status: answer.status, reason: 'NoListing' }, 1);
  }
}

const infoOf = (key: string, { headers }: S3Answer, size: number): ObjectInfo => ({
  key,
  size,
  etag: plainEtag(headers.get('etag') ?? ''),
});

/** Whether these are the bytes of the range, up to the object's end: who is between may send others, or fewer. */
function isAsked({ headers, bytes }: S3Answer, range: GetOptions['range']): boolean {
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (range === undefined || first === undefined) return false;
  return Number(first) === range.start && bytes.length === Math.min(range.end, Number(total)) - range.start;
}

/** Of a part: what stands behind the slash in `bytes 0-99/1000`. */
function totalOf({ status, headers, bytes }: S3Answer): number {
  const total = status === 206 ? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] : undefined;
  return total === undefined ? bytes.length : Number(total);
}

/** As AWS encodes: `encodeURIComponent` leaves five characters as they are that have to be encoded. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const encodedPath = (key: string): string => key.split('/').map(encoded).join('/');
