/** What a request for the archive's listing asks (S3 ListObjects, version 1). */
export interface ListingQuery {
  /** @default '' */
  readonly prefix?: string;
  /** `/`, to have folders as common prefixes. @default none */
  readonly delimiter?: string;
  /** Names after this one. @default '' */
  readonly marker?: string;
  /** @default 1000, which is also the most */
  readonly maxKeys?: number;
}

export interface ListedFile {
  readonly key: string;
  readonly size: number;
  /** MD5 of the bytes, 32 small hex digits, without quotes. */
  readonly etag: string;
  /** ISO 8601, UTC. */
  readonly lastModified: string;
}

export interface ObjectListing {
  readonly query: Required<ListingQuery>;
  readonly contents: readonly ListedFile[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
}

/** A folder that holds files only. Its names come in byte order. */
export interface Folder {
  readonly prefix: string;
  /** @param marker the last name that is known already; names before it may be left out */
  names(marker?: string): Iterable<string>;
  describe(name: string): ListedFile;
}

/** A page of the listing; `folders` in byte order of their prefixes. Yields after each file that it has described. */
export function* listingSteps(
  folders: Iterable<Folder>,
  query: ListingQuery,
): Generator<void, ObjectListing, undefined> {
  const { prefix = '', delimiter = '', marker = '' } = query;
  const maxKeys = Math.max(1, Math.min(1000, query.maxKeys ?? 1000));
  const contents: ListedFile[] = [];
  const commonPrefixes: string[] = [];
  const page = (isTruncated: boolean): ObjectListing => ({
    query: { prefix, delimiter, marker, maxKeys },
    contents,
    commonPrefixes,
    isTruncated,
  });
  const isFull = () => contents.length + commonPrefixes.length === maxKeys;

  for (const folder of folders) {
    if (!folder.prefix.startsWith(prefix) && !prefix.startsWith(folder.prefix)) continue;
    const below = folder.prefix.slice(prefix.length);
    const cut = delimiter === '' ? -1 : below.indexOf(delimiter);
    if (cut >= 0) {
      const common = prefix + below.slice(0, cut + delimiter.length);
      if (common <= marker || commonPrefixes.at(-1) === common || isEmpty(folder.names())) continue;
      if (isFull()) return page(true);
      commonPrefixes.push(common);
      continue;
    }
    if (marker > folder.prefix && !marker.startsWith(folder.prefix)) continue;
    for (const name of folder.names(marker)) {
      if (name <= marker || !name.startsWith(prefix)) continue;
      const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      const rolledUp = at < 0 ? undefined : name.slice(0, at + delimiter.length);
      if (rolledUp !== undefined && (rolledUp <= marker || rolledUp === commonPrefixes.at(-1))) continue;
      if (isFull()) return page(true);
      if (rolledUp !== undefined) {
        commonPrefixes.push(rolledUp);
        continue;
      }
      contents.push(folder.describe(name));
      yield;
    }
  }
  return page(false);
}

function isEmpty(names: Iterable<string>): boolean {
  for (const _ of names) return false;
  return true;
}

/** The listing as S3 writes it. The next marker stands there only when a delimiter was given. */
export function listingXml({ query, contents, commonPrefixes, isTruncated }: ObjectListing): string {
  const lastName = [contents.at(-1)?.key ?? '', commonPrefixes.at(-1) ?? ''].sort().at(-1)!;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>data.binance.vision</Name>',
    `<Prefix>${escaped(query.prefix)}</Prefix><Marker>${escaped(query.marker)}</Marker>`,
    isTruncated && query.delimiter !== '' ? `<NextMarker>${escaped(lastName)}</NextMarker>` : '',
    `<MaxKeys>${query.maxKeys}</MaxKeys>`,
    query.delimiter === '' ? '' : `<Delimiter>${escaped(query.delimiter)}</Delimiter>`,
    `<IsTruncated>${isTruncated}</IsTruncated>`,
    ...contents.map(
      ({ key, lastModified, etag, size }) =>
        `<Contents><Key>${escaped(key)}</Key><LastModified>${lastModified}</LastModified><ETag>&quot;${etag}&quot;</ETag>` +
        `<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>` +
        `<Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
    ),
    ...commonPrefixes.map((each) => `<CommonPrefixes><Prefix>${escaped(each)}</Prefix></CommonPrefixes>`),
    '</ListBucketResult>',
  ].join('');
}

function escaped(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]!,
  );
}
