import { createHash } from 'node:crypto';

export interface Stored {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** What a test does to a request before the bucket sees it: an answer of its own, or nothing. */
export type Interference = (request: Request, count: number) => Response | undefined | Promise<Response | undefined>;

/** A bucket as S3 answers, in memory. Signatures are not checked; `Content-MD5` is. */
export class S3ServerFixture {
  readonly objects = new Map<string, Stored>();
  /** `GET key range`, in the order of their arrival. */
  readonly log: string[] = [];
  readonly requests: Request[] = [];
  interfere: Interference | undefined;
  ignoresConditions = false;
  pageSize = 1000;
  bytesSent = 0;

  readonly handle = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
    const range = request.headers.get('range');
    this.log.push([request.method, key === '' ? url.searchParams.get('prefix') : key, range].filter(Boolean).join(' '));
    this.requests.push(request.clone());
    const own = await this.interfere?.(request, this.log.length);
    if (own !== undefined) return own;
    const answer = await this.#answer(request, url, key);
    this.bytesSent += Number(answer.headers.get('content-length') ?? 0);
    return answer;
  };

  async #answer(request: Request, url: URL, key: string): Promise<Response> {
    if (url.searchParams.get('list-type') === '2') return this.#list(url.searchParams);
    const found = this.objects.get(key);
    switch (request.method) {
      case 'PUT':
        return this.#put(request, key, found);
      case 'DELETE':
        this.objects.delete(key);
        return new Response(null, { status: 204 });
      case 'HEAD':
        if (found === undefined) return new Response(null, { status: 404 });
        return new Response(null, { headers: { etag: `"${found.etag}"`, 'content-length': `${found.bytes.length}` } });
      default:
        return found === undefined ? s3Problem(404, 'NoSuchKey') : part(found, request.headers.get('range'));
    }
  }

  async #put(request: Request, key: string, found: Stored | undefined): Promise<Response> {
    const bytes = new Uint8Array(await request.arrayBuffer());
    const md5 = createHash('md5').update(bytes);
    if (request.headers.get('content-md5') !== md5.copy().digest('base64')) return s3Problem(400, 'BadDigest');
    if (found !== undefined && request.headers.get('if-none-match') === '*' && !this.ignoresConditions) {
      return s3Problem(412, 'PreconditionFailed');
    }
    const etag = md5.digest('hex');
    this.objects.set(key, { bytes, etag });
    return new Response(null, { headers: { etag: `"${etag}"` } });
  }

  #list(query: URLSearchParams): Response {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const keys = [...this.objects.keys()]
      .filter(
        (key) => key.startsWith(prefix) && (after === '' || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0),
      ) // prettier-ignore
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const page = keys.slice(0, this.pageSize);
    const contents = page.map((key) => {
      const { bytes, etag } = this.objects.get(key)!;
      const name = encodeURIComponent(key).replace(/%20/g, '+').replace(/%2F/g, '/');
      return `<Contents><Key>${name}</Key><Size>${bytes.length}</Size><ETag>&quot;${etag}&quot;</ETag></Contents>`;
    });
    const isTruncated = keys.length > page.length;
    const next = isTruncated ? `<NextContinuationToken>${page[page.length - 1]!}</NextContinuationToken>` : '';
    const xml = `<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
    return new Response(xml, { headers: { 'content-length': `${xml.length}` } });
  }
}

function part({ bytes, etag }: Stored, range: string | null): Response {
  const headers = { etag: `"${etag}"` };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (first === undefined)
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { ...headers, 'content-length': `${bytes.length}` },
    });
  if (Number(first) >= bytes.length) return s3Problem(416, 'InvalidRange');
  const cut = bytes.slice(Number(first), Number(last) + 1);
  const contentRange = `bytes ${first}-${Number(first) + cut.length - 1}/${bytes.length}`;
  return new Response(cut, {
    status: 206,
    headers: { ...headers, 'content-range': contentRange, 'content-length': `${cut.length}` },
  });
}

/** An error as S3 tells it, with the words that a careless client would put into its message. */
export function s3Problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  const xml = `<Error><Code>${code}</Code><Message>AKIDEXAMPLE may not</Message><AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId></Error>`;
  return new Response(xml, { status, headers });
}
