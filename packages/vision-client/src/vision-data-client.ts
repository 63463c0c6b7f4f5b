import {
  BINANCE,
  barCount,
  type CacheKey,
  type ColumnBatch,
  type Dataset,
  keysBetween,
  spanOf,
  type UncheckedKeyRange,
  unpaddedObjectKey,
  type UtcDate,
  VISION_BASE_URL,
  visionFileStem,
  type VisionFolder,
  visionObjectKey,
  visionPrefix,
} from '@vision-cache/cache-keys';
import { md5 } from '#platform';
import { decodeArchive } from './decode/decode-archive.ts';
import { decodeStream, type StreamOrder } from './decode/decode-stream.ts';
import { type Download, download } from './archive/download.ts';
import { quote, VisionClientError } from './contract/errors.ts';
import {
  HTTP_OPTION_NAMES,
  refuseNoneOf,
  refuseNoUrl,
  refuseOption,
  refuseUnknownNames,
} from './http/check-options.ts';
import { createHttp, type Http, type HttpOptions } from './http/options.ts';
import {
  type Availability,
  availabilityOf,
  dateOf,
  isUnnamed,
  listedObject,
  type ListedObject,
} from './listing/availability.ts';
import { listPages } from './listing/list-objects.ts';
import { unquoted } from './listing/listing-xml.ts';
import type { ParsedCsv } from './decode/parse-csv.ts';
import type { DataQualityReport } from './contract/quality.ts';
import { DEFAULT_LIMIT_BYTES } from './zip/unzip.ts';

/** Where the archive is listed. */
export const VISION_LISTING_URL = 'https://s3-ap-northeast-1.amazonaws.com/data.binance.vision';

export interface VisionDataClientOptions extends HttpOptions {
  /** Where the archive is served. @default VISION_BASE_URL */
  readonly baseUrl?: string;
  /** Where it is listed. @default VISION_LISTING_URL, and with another `baseUrl` that */
  readonly listingUrl?: string;
  /**
   * What is done with an archive that is not what its CHECKSUM says, once both have been asked for again. A CHECKSUM
   * can be wrong for good data (160 days of BTCUSDT 1s, 2022-08-27 to 2023-04-08): `accept-if-consistent` takes the
   * archive when its CRC-32 is right, its MD5 is the listing's ETag and its rows do not contradict each other, and
   * says so in the answer.
   * @default 'fail'
   */
  readonly onChecksumMismatch?: 'fail' | 'accept-if-consistent';
  /** `lenient` takes the right member of an archive that holds more than one. @default 'strict' */
  readonly unzipMode?: 'strict' | 'lenient';
  /** The most bytes that an archive may have. @default 1 GiB */
  readonly maxArchiveBytes?: number;
}

export interface VisionFetchOptions {
  readonly signal?: AbortSignal;
}

export interface VisionListOptions extends VisionFetchOptions {
  /** Is told the name of each archive that the dataset table has no name for. */
  readonly onUnnamed?: (objectKey: string) => void;
}

export interface VisionPartsOptions extends VisionFetchOptions {
  /** Rows in a batch; the last has fewer. @default 16384 */
  readonly batchRows?: number;
  /** What is done where a file interleaves two runs of rows: see `DecodeStreamOptions.order`. @default 'batch' */
  readonly order?: StreamOrder;
}

/** Where rows came from. */
export interface VisionFacts {
  readonly source: 'vision';
  readonly sourceUrl: string;
  /** SHA-256 of the archive, 64 small hex digits. */
  readonly sourceSha256: string;
  readonly sourceEtag?: string;
  /** ISO 8601, UTC. */
  readonly sourceLastModified?: string;
}

/** How an archive's bytes were proved. */
export interface ArchiveIntegrity {
  /** What its CHECKSUM file said; anything but `verified` was accepted for being consistent. */
  readonly checksum: 'verified' | 'mismatch' | 'unreadable' | 'missing';
  /** The SHA-256 that was published, where it is another one. */
  readonly publishedSha256?: string;
  /** Whether its MD5 is the ETag of the listing; undefined if that was not asked. */
  readonly md5MatchesListing?: boolean;
  /** Members of the archive that were passed over, in lenient mode. */
  readonly otherMembers: number;
}

export interface VisionQualityReport extends DataQualityReport {
  readonly integrity: ArchiveIntegrity;
}

export type VisionAnswer<D extends Dataset = Dataset> =
  | {
      readonly status: 'ok';
      readonly batch: ColumnBatch<D>;
      readonly facts: VisionFacts;
      readonly quality: VisionQualityReport;
      /** HTTP requests that were sent for it, and the bytes of the archive and its CHECKSUM that came. */
      readonly cost: { readonly requests: number; readonly bytes: number };
    }
  /** The archive has not published it. */
  | { readonly status: 'missing'; readonly evidence: string };

export type VisionPartsAnswer<D extends Dataset = Dataset> =
  | { readonly status: 'ok'; readonly parts: AsyncIterable<ParsedCsv<D>>; readonly facts: VisionFacts }
  | { readonly status: 'missing'; readonly evidence: string };

/** A symbol's data in the archive, without a day. */
export type VisionSeries = Omit<UncheckedKeyRange, 'start' | 'end'>;

const DEFAULT_MAX_ARCHIVE_BYTES = 1024 ** 3;
const OPTION_NAMES = ['baseUrl', 'listingUrl', 'onChecksumMismatch', 'unzipMode', 'maxArchiveBytes'];
/** The year of the files with an unpadded month; without a listing they are looked for in no other. */
const UNPADDED_YEAR = '2020-';
/** Any day: a folder of the archive holds all of them. */
const FIRST_DAY = Date.UTC(2017, 7, 17);
/** No row of a bar is as long; what would be larger than a whole day or month of them is no such file. */
const LONGEST_BAR = 320;

/**
 * Binance's public archive as a source of whole days and months.
 * @example
 * const client = new VisionDataClient();
 * const answer = await client.fetch(cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' }));
 * if (answer.status === 'ok') console.log(answer.batch.numRows, answer.quality.missing);
 */
export class VisionDataClient {
  readonly kind = 'archive';
  readonly name = 'vision';
  readonly #http: Http;
  readonly #baseUrl: string;
  readonly #listingUrl: string;
  readonly #onChecksumMismatch: 'fail' | 'accept-if-consistent';
  readonly #unzipMode: 'strict' | 'lenient';
  readonly #maxArchiveBytes: number;
  /** Objects that a listing names in another way than their keys do. */
  readonly #otherNames = new Set<string>();

  constructor(options: VisionDataClientOptions = {}) {
    refuseUnknownNames(options, [...HTTP_OPTION_NAMES, ...OPTION_NAMES]);
    const { baseUrl = VISION_BASE_URL, onChecksumMismatch = 'fail', unzipMode = 'strict' } = options;
    refuseNoUrl('baseUrl', baseUrl);
    if (options.listingUrl !== undefined) refuseNoUrl('listingUrl', options.listingUrl);
    refuseNoneOf('onChecksumMismatch', onChecksumMismatch, ['fail', 'accept-if-consistent']);
    refuseNoneOf('unzipMode', unzipMode, ['strict', 'lenient']);
    const { maxArchiveBytes = DEFAULT_MAX_ARCHIVE_BYTES } = options;
    if (!(typeof maxArchiveBytes === 'number' && maxArchiveBytes > 0)) {
      refuseOption('maxArchiveBytes', maxArchiveBytes, 'a number of bytes');
    }
    this.#http = createHttp(options);
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#listingUrl = options.listingUrl ?? (this.#baseUrl === VISION_BASE_URL ? VISION_LISTING_URL : this.#baseUrl);
    this.#onChecksumMismatch = onChecksumMismatch;
    this.#unzipMode = unzipMode;
    this.#maxArchiveBytes = maxArchiveBytes;
  }

  /** Whether the archive publishes what the key names. */
  covers(key: CacheKey): boolean {
    const dataset = BINANCE.datasets.find(
      ({ exchange, marketType, dataNature }) =>
        exchange === key.exchange && marketType === key.marketType && dataNature === key.dataNature,
    );
    return (dataset as Dataset | undefined)?.published[key.packagingFrequency].includes(key.interval) ?? false;
  }

  /**
   * Gets one day or month: downloaded, proved by its CHECKSUM, unzipped and decoded. A file that is not published is a
   * value, not an error.
   * @throws {VisionClientError}
   */
  async fetch<D extends Dataset>(key: CacheKey<D>, { signal }: VisionFetchOptions = {}): Promise<VisionAnswer<D>> {
    this.#refuseUncovered(key);
    const found = await this.#proved(key, signal);
    if (found === undefined) return this.#missing(key);
    const { checksum } = found;
    const { batch, quality, otherMembers } = await decodeArchive(found.answer.body, key, {
      name: `${found.stem}.csv`,
      mode: this.#unzipMode,
      limitBytes: memberLimit(key),
    });
    const isProved = checksum.status === 'verified' || (await this.#isConsistent(key, found, quality, signal));
    if (!isProved) throw checksumError(key, found);
    const integrity: ArchiveIntegrity = {
      checksum: checksum.status,
      otherMembers,
      ...(checksum.status === 'mismatch' ? { publishedSha256: checksum.published } : {}),
      ...(checksum.status === 'verified' ? {} : { md5MatchesListing: true }),
    };
    return { status: 'ok', batch, facts: factsOf(found), quality: { ...quality, integrity }, cost: found.cost };
  }

  /**
   * As `fetch`, in batches: for files that are too large to be decoded at once. The archive is proved by its CHECKSUM
   * before the first batch, and its compressed bytes are held until the last; the rows are not.
   * @throws {VisionClientError} also `E_CHECKSUM_MISMATCH` if `fetch` would accept the archive for being consistent
   */
  async fetchParts<D extends Dataset>(
    key: CacheKey<D>,
    { signal, batchRows, order = 'batch' }: VisionPartsOptions = {},
  ): Promise<VisionPartsAnswer<D>> {
    refuseNoneOf('order', order, ['batch', 'refuse', 'whole']);
    this.#refuseUncovered(key);
    const found = await this.#proved(key, signal);
    if (found === undefined) return this.#missing(key);
    if (found.checksum.status !== 'verified') throw checksumError(key, found);
    const parts = decodeStream(found.answer.body, key, {
      name: `${found.stem}.csv`,
      order,
      unzipMode: this.#unzipMode,
      ...(batchRows === undefined ? {} : { batchRows }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: 'ok', parts, facts: factsOf(found) };
  }

  /** Everything that is published of the key's symbol, interval and frequency from that key's date on, in order. */
  async *list(
    from: CacheKey,
    { signal, onUnnamed }: VisionListOptions = {},
  ): AsyncGenerator<ListedObject, void, undefined> {
    // Names stand in the order of their bytes, and without its ending a name stands just before itself.
    const marker = visionObjectKey(from).replace(/\.zip$/, '');
    const query = { prefix: visionPrefix(from), marker };
    for await (const { objects } of listPages(this.#listingUrl, query, this.#http, signal)) {
      for (const object of objects) {
        const listed = listedObject(object);
        if (listed === undefined) {
          if (isUnnamed(object.objectKey)) onUnnamed?.(object.objectKey);
          continue;
        }
        if (object.objectKey !== visionObjectKey(listed.key)) this.#otherNames.add(object.objectKey);
        if (listed.key.date >= from.date) yield listed;
      }
    }
  }

  /**
   * The days or months alone of what {@link list} tells of, in the order of their names: a page holds 1,000 of them,
   * where a page with sizes and ETags holds 500.
   */
  async *dates(from: CacheKey, { signal }: VisionFetchOptions = {}): AsyncGenerator<UtcDate, void, undefined> {
    const marker = visionObjectKey(from).replace(/\.zip$/, '');
    const query = { prefix: visionPrefix(from), marker, delimiter: '.zip' } as const;
    for await (const { objects, folders } of listPages(this.#listingUrl, query, this.#http, signal)) {
      // A listing that knows of no delimiter but `/` names the files themselves.
      for (const objectKey of [...folders, ...objects.map((object) => object.objectKey)]) {
        const date = dateOf(objectKey);
        if (date !== undefined && date >= from.date) yield date;
      }
    }
  }

  /** What the archive has of a symbol's data: first and last day, holes, sizes, ETags. */
  async availability(series: VisionSeries, { signal }: VisionFetchOptions = {}): Promise<Availability> {
    const range: UncheckedKeyRange = { ...series, start: FIRST_DAY, end: FIRST_DAY + 1 };
    const key: CacheKey = keysBetween(range)[0]!;
    const pages = listPages(this.#listingUrl, { prefix: visionPrefix(key) }, this.#http, signal);
    return availabilityOf(pages, key.packagingFrequency);
  }

  /** The names below a folder of the archive: frequencies, natures, symbols or intervals, in the order of their bytes. */
  async names(folder: VisionFolder, { signal }: VisionFetchOptions = {}): Promise<string[]> {
    const prefix = visionPrefix(folder);
    const names: string[] = [];
    for await (const page of listPages(this.#listingUrl, { prefix, delimiter: '/' }, this.#http, signal)) {
      for (const each of page.folders) names.push(each.slice(prefix.length, -1));
    }
    return names;
  }

  #refuseUncovered(key: CacheKey): void {
    if (!this.covers(key)) {
      const received = `${key.exchange} ${key.marketType} ${key.dataNature}`;
      throw new VisionClientError('E_NOT_COVERED', `${quote(received)} is not in Binance's archive.`, { received });
    }
  }

  #missing(key: CacheKey): { readonly status: 'missing'; readonly evidence: string } {
    return { status: 'missing', evidence: `404 for ${visionObjectKey(key)} from ${this.#baseUrl}` };
  }

  /** The archive, asked for again where its CHECKSUM speaks against it. */
  async #proved(key: CacheKey, signal: AbortSignal | undefined): Promise<Download | undefined> {
    let found = await this.#download(key, false, signal);
    // A cache on the way may hold the archive of one day and the CHECKSUM of another: both once more, past it.
    if (found !== undefined && found.checksum.status !== 'verified') {
      const { cost } = found;
      found = await this.#download(key, true, signal);
      if (found !== undefined) found = { ...found, cost: summed(cost, found.cost) };
    }
    if (found !== undefined && found.checksum.status !== 'verified' && this.#onChecksumMismatch === 'fail') {
      throw checksumError(key, found);
    }
    return found;
  }

  async #download(key: CacheKey, fresh: boolean, signal: AbortSignal | undefined): Promise<Download | undefined> {
    const options = { baseUrl: this.#baseUrl, maxBytes: this.#maxArchiveBytes, fresh, signal };
    const found = await download(key, options, this.#http);
    if (found !== undefined) return found;
    const objectKey = unpaddedObjectKey(key);
    const mayBe = objectKey !== undefined && (this.#otherNames.has(objectKey) || key.date.startsWith(UNPADDED_YEAR));
    return mayBe ? download(key, { ...options, objectKey }, this.#http) : undefined;
  }

  /** Whether all but the CHECKSUM speaks for an archive. */
  async #isConsistent(
    key: CacheKey,
    found: Download,
    quality: DataQualityReport,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (quality.otherDay > 0 || quality.conflicts > 0 || quality.ohlcViolations > 0) return false;
    const actual = md5(found.answer.body);
    for await (const listed of this.list(key, signal === undefined ? {} : { signal })) {
      return listed.key.date === key.date && listed.etag === actual;
    }
    return false;
  }
}

function memberLimit(key: CacheKey): number {
  if (key.interval === undefined) return DEFAULT_LIMIT_BYTES;
  const { start, end } = spanOf(key.date);
  return 64 * 1024 + barCount(key.interval, start, end) * LONGEST_BAR;
}

function summed(a: Download['cost'], b: Download['cost']): Download['cost'] {
  return { requests: a.requests + b.requests, bytes: a.bytes + b.bytes };
}

function factsOf({ url, answer, sha256 }: Download): VisionFacts {
  const etag = answer.headers.get('etag');
  const modified = Date.parse(answer.headers.get('last-modified') ?? '');
  return {
    source: 'vision',
    sourceUrl: url,
    sourceSha256: sha256,
    ...(etag === null ? {} : { sourceEtag: unquoted(etag) }),
    ...(Number.isNaN(modified) ? {} : { sourceLastModified: new Date(modified).toISOString() }),
  };
}

function checksumError(key: CacheKey, { url, sha256, checksum }: Download): VisionClientError {
  const name = `${visionFileStem(key)}.zip`;
  switch (checksum.status) {
    case 'unreadable':
      return checksum.cause;
    case 'mismatch': {
      const message = `${name} does not match its CHECKSUM, also when fetched again: ${sha256} instead of ${checksum.published}.`;
      return new VisionClientError('E_CHECKSUM_MISMATCH', message, {
        name,
        url,
        expected: checksum.published,
        actual: sha256,
      });
    }
    case 'missing':
    case 'verified':
      return new VisionClientError('E_CHECKSUM_MISSING', `${name} has no CHECKSUM file.`, { name, url });
    default:
      return checksum satisfies never;
  }
}
