import { CHECKSUM_EXTENSION } from '@vision-cache/cache-keys';
import { gzipSync } from 'node:zlib';
import type { Fault } from './faults.ts';
import { type ListingQuery, listingXml } from './files/object-listing.ts';
import type { RestMarket } from '../contract/rest-market.ts';
import type { SyntheticArchive } from './synthetic-archive.ts';

/** A request as the archive's hosts see it. */
export interface ArchiveRequest {
  /** Percent-encoded, as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The ETag that the client has. */
  readonly ifNoneMatch?: string | undefined;
}

export interface ArchiveAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface AnswerOptions {
  /** Weight that a market allows a minute; beyond it, 429. @default as much as is asked for, told in the headers */
  readonly weightLimits?: Partial<Record<RestMarket, number>>;
  /** The minutes in which weight is counted. Epoch milliseconds. @default Date.now */
  readonly clock?: () => number;
}

/** The path under which the listing is served, as S3 has it; a bare `/?prefix=` is answered with it too. */
export const LISTING_PATH = '/data.binance.vision';

/** What the archive's hosts answer: files, listing, REST klines, each below its own path. */
export function createAnswerer(
  archive: SyntheticArchive,
  { weightLimits = {}, clock = () => Date.now() }: AnswerOptions = {},
): (request: ArchiveRequest) => ArchiveAnswer {
  const used: Record<RestMarket, { minute: number; weight: number }> = {
    spot: { minute: 0, weight: 0 },
    um: { minute: 0, weight: 0 },
    cm: { minute: 0, weight: 0 },
  };

  function restAnswer(path: string, query: URLSearchParams): ArchiveAnswer | undefined {
    const answer = archive.rest(path, query);
    if (answer === undefined) return undefined;
    const meter = used[answer.market];
    const minute = Math.floor(clock() / 60_000);
    if (meter.minute !== minute) Object.assign(meter, { minute, weight: 0 });
    meter.weight += answer.weight;
    const weight = { 'x-mbx-used-weight-1m': String(meter.weight) };
    if (meter.weight > (weightLimits[answer.market] ?? Infinity)) {
      const seconds = Math.ceil(60 - (clock() % 60_000) / 1000);
      const headers = { ...JSON_TYPE, ...weight, 'retry-after': String(seconds) };
      return { status: 429, headers, body: bytes('{"code":-1003,"msg":"Too much request weight used."}') };
    }
    return { status: answer.status, headers: { ...JSON_TYPE, ...weight }, body: bytes(answer.body) };
  }

  const answer = ({ path, query, ifNoneMatch }: ArchiveRequest): ArchiveAnswer => {
    const rest = restAnswer(path, query);
    if (rest !== undefined) return rest;
    if (isListing({ path, query })) return listing(archive, query);
    if (path === '/') return { status: 200, headers: { 'content-type': 'text/html' }, body: bytes(LISTING_PAGE) };
    const object = archive.object(decoded(path).slice(1));
    if (object === undefined) return notFound(path);
    const headers = {
      'content-type': path.endsWith(CHECKSUM_EXTENSION) ? 'binary/octet-stream' : 'application/zip',
      etag: `"${object.etag}"`,
      'last-modified': new Date(object.lastModified).toUTCString(),
    };
    if (ifNoneMatch === headers.etag) return { status: 304, headers, body: bytes('') };
    return { status: 200, headers, body: object.body };
  };
  // The hosts' clock is the archive's.
  const date = (): string => new Date(Number(archive.now() / 1000n)).toUTCString();
  return (request) => {
    const plain = answer(request);
    return { ...plain, headers: { date: date(), ...plain.headers } };
  };
}

const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8' };
/** What data.binance.vision itself answers when it is asked for a listing. */
const LISTING_PAGE =
  '<!DOCTYPE html>\n<html>\n<head>\n  <title>Binance Data Collection</title>\n</head>\n<body></body>\n</html>\n';

function isListing({ path, query }: Pick<ArchiveRequest, 'path' | 'query'>): boolean {
  return path.replace(/\/$/, '') === LISTING_PATH || (path === '/' && query.has('prefix'));
}

function listingQuery(query: URLSearchParams): ListingQuery {
  const maxKeys = query.get('max-keys');
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    marker: query.get('marker') ?? '',
    ...(maxKeys === null ? {} : { maxKeys: Number(maxKeys) }),
  };
}

/** Makes, file by file, what the answer to this request will list, so that it can then be given at once. */
export function* makeListed(archive: SyntheticArchive, request: ArchiveRequest): Generator<void, void, undefined> {
  if (isListing(request)) yield* archive.listSteps(listingQuery(request.query));
}

function listing(archive: SyntheticArchive, query: URLSearchParams): ArchiveAnswer {
  const page = archive.list(listingQuery(query));
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: bytes(listingXml(page)) };
}

function notFound(path: string): ArchiveAnswer {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>' +
    `<Message>The specified key does not exist.</Message><Key>${path.slice(1).replaceAll('&', '&amp;')}</Key></Error>`;
  return { status: 404, headers: { 'content-type': 'application/xml' }, body: bytes(body) };
}

/** A path with its percent signs resolved; one that cannot be is left as it is. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The answer as a fault makes it, where it is one that shows in status, headers and body alone. */
export function faultyAnswer(answer: ArchiveAnswer, fault: Fault, request: ArchiveRequest): ArchiveAnswer {
  switch (fault.kind) {
    case 'status': {
      const retryAfter = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      return {
        status: fault.status,
        headers: { 'content-type': 'text/plain', ...retryAfter },
        body: bytes(fault.body ?? ''),
      };
    }
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: bytes(LISTING_PAGE) };
    case 'wrong-body': {
      const body = answer.body.slice();
      if (body.length > 0) body[body.length >> 1]! ^= 0x20;
      return { ...answer, body };
    }
    case 'wrong-checksum': {
      if (!request.path.endsWith(CHECKSUM_EXTENSION)) return answer;
      const text = new TextDecoder().decode(answer.body);
      return { ...answer, body: bytes(`${text.slice(32, 64)}${text.slice(0, 32)}${text.slice(64)}`) };
    }
    case 'redirect': {
      const search = request.query.toString();
      const location = fault.location === '' ? `${request.path}${search && `?${search}`}` : fault.location;
      return { status: 302, headers: { location }, body: bytes('') };
    }
    case 'gzip': {
      const body = gzipSync(answer.body);
      if (fault.isCorrupt) body.fill(0x55, body.length >> 1);
      return { ...answer, headers: { ...answer.headers, 'content-encoding': 'gzip' }, body };
    }
    case 'slow':
    case 'stall':
    case 'truncated':
    case 'reset':
    case 'hang-up':
    case 'close-after':
    case 'garbage':
      return answer;
    default:
      return fault satisfies never;
  }
}
