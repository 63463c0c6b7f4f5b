/** One object as the listing tells. */
export interface ListingObject {
  readonly objectKey: string;
  readonly size: number;
  /** Without its quotes: the MD5 of the object where it was uploaded in one part. */
  readonly etag: string;
  /** ISO 8601, UTC. */
  readonly lastModified: string;
}

export interface ListingPage {
  readonly objects: readonly ListingObject[];
  /** Folders, each ending in `/`; only of a listing with a delimiter. */
  readonly folders: readonly string[];
  /** Where the next page begins; undefined on the last one. */
  readonly nextMarker: string | undefined;
}

interface Element {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

/** S3 gives one attribute to its root and none to any other element. */
const TOKEN =
  /<(\/?)([A-Za-z][\w.:-]{0,63})((?:\s{1,8}[\w.:-]{1,64}=(?:"[^"<]{0,256}"|'[^'<]{0,256}')){0,4})\s{0,8}(\/?)>/y;
/** As S3 writes it, and as it is answered. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Elements that stand a thousand times on a page, without an attribute: they need no expression to be read. */
const USUAL = new Set(
  'Contents Key LastModified ETag Size StorageClass ChecksumAlgorithm ChecksumType CommonPrefixes Prefix Owner ID DisplayName'.split(' '), // prettier-ignore
);
const LONGEST_USUAL = 17;
/** A page has at most 1,000 objects of some ten elements each. */
const MOST_ELEMENTS = 50_000;
const DEEPEST = 8;
/** A name has at most 1,024 bytes, and each of them may be an entity of six characters. */
const LONGEST_TEXT = 8192;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/**
 * Reads one answer of S3's ListObjects (version 1). S3 writes elements, text and nothing else, so that this reads
 * elements and text and refuses everything else.
 * @returns undefined if the text is no such answer, as the page of HTML that data.binance.vision gives instead
 */
export function parseListing(text: string): ListingPage | undefined {
  const root = parseElement(text.replace(/^\uFEFF?\s*(?:<\?xml[^>]*\?>)?\s*/, '').trimEnd());
  if (root?.name !== 'ListBucketResult') return undefined;
  const isTruncated = childText(root, 'IsTruncated');
  if (isTruncated !== 'true' && isTruncated !== 'false') return undefined;
  const objects: ListingObject[] = [];
  for (const element of root.children.filter(({ name }) => name === 'Contents')) {
    const object = objectOf(element);
    if (object === undefined) return undefined;
    objects.push(object);
  }
  const folders = root.children
    .filter(({ name }) => name === 'CommonPrefixes')
    .map((element) => childText(element, 'Prefix') ?? '');
  // Without a delimiter S3 gives no NextMarker, and the last key serves.
  const last = [objects.at(-1)?.objectKey ?? '', folders.at(-1) ?? ''].sort().at(-1);
  const nextMarker = isTruncated === 'true' ? (childText(root, 'NextMarker') ?? last) : undefined;
  if (nextMarker === '') return undefined;
  return { objects, folders, nextMarker };
}

function objectOf({ children }: Element): ListingObject | undefined {
  let objectKey: string | undefined;
  let etag: string | undefined;
  let modified: string | undefined;
  let size: string | undefined;
  for (const { name, text } of children) {
    if (name === 'Key') objectKey ??= text;
    else if (name === 'ETag') etag ??= text;
    else if (name === 'LastModified') modified ??= text;
    else if (name === 'Size') size ??= text;
  }
  if (objectKey === undefined || etag === undefined || modified === undefined || size === undefined) return undefined;
  const time = Date.parse(modified);
  if (!/^\d+$/.test(size) || Number.isNaN(time)) return undefined;
  const lastModified = INSTANT.test(modified) ? modified : new Date(time).toISOString();
  return { objectKey, size: Number(size), etag: unquoted(etag), lastModified };
}

/** An ETag without its quotes and without the mark of a weak one. */
export function unquoted(etag: string): string {
  const from = etag.startsWith('W/') ? 2 : 0;
  const isQuoted = etag.length > from + 1 && etag[from] === '"' && etag.endsWith('"');
  return isQuoted ? etag.slice(from + 1, -1) : etag;
}

function childText(element: Element, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function parseElement(text: string): Element | undefined {
  const open: Element[] = [];
  let root: Element | undefined;
  let elements = 0;
  let at = 0;
  while (at < text.length) {
    const token = usualTag(text, at) ?? tokenAt(text, at);
    if (token === undefined) return undefined;
    at = token.end;
    const { name, kind } = token;
    const parent = open.at(-1);
    if (kind === 'text') {
      const decoded = decodeEntities(name);
      if (parent === undefined || decoded === undefined) return undefined;
      parent.text += decoded;
    } else if (kind === 'end') {
      if (open.pop()?.name !== name) return undefined;
    } else {
      if (++elements > MOST_ELEMENTS || open.length >= DEEPEST) return undefined;
      const element: Element = { name, children: [], text: '' };
      if (parent !== undefined) parent.children.push(element);
      else if (root === undefined) root = element;
      else return undefined;
      if (kind === 'start') open.push(element);
    }
  }
  return open.length === 0 ? root : undefined;
}

/** An element's beginning or end, an element without content, or text. */
interface Token {
  readonly kind: 'start' | 'end' | 'empty' | 'text';
  /** The element's name, or the text. */
  readonly name: string;
  /** Where the next token begins. */
  readonly end: number;
}

const LESS = 60;
const SLASH = 47;

/** Text, or the tag of a usual element without an attribute; undefined if it is something else. */
function usualTag(text: string, at: number): Token | undefined {
  if (text.charCodeAt(at) !== LESS) {
    const next = text.indexOf('<', at);
    const end = next < 0 ? text.length : next;
    return { kind: 'text', name: text.slice(at, end), end };
  }
  const isEnd = text.charCodeAt(at + 1) === SLASH;
  const from = at + (isEnd ? 2 : 1);
  const near = text.slice(from, from + LONGEST_USUAL + 1);
  const length = near.indexOf('>');
  const name = near.slice(0, Math.max(0, length));
  return USUAL.has(name) ? { kind: isEnd ? 'end' : 'start', name, end: from + length + 1 } : undefined;
}

function tokenAt(text: string, at: number): Token | undefined {
  TOKEN.lastIndex = at;
  const match = TOKEN.exec(text);
  if (match === null) return undefined;
  const [, isEnd, name = '', , isEmpty] = match as (string | undefined)[];
  const kind = isEnd === '/' ? 'end' : isEmpty === '/' ? 'empty' : 'start';
  return { kind, name, end: TOKEN.lastIndex };
}

function decodeEntities(text: string): string | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  if (!text.includes('&')) return text;
  // A character that cannot stand in a name marks what is no entity.
  const decoded = text.replace(/&([^;&]{0,10});|&/g, (_, name: string | undefined) => {
    const code = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name ?? '');
    const point = code === null ? NaN : parseInt(code[1] ?? code[2]!, code[1] === undefined ? 10 : 16);
    if (point <= 0x10ffff) return String.fromCodePoint(point);
    return ENTITIES.get(name ?? '') ?? '\0';
  });
  return decoded.includes('\0') ? undefined : decoded;
}
