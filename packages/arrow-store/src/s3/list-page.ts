import type { ObjectInfo } from '../objects/object-store.ts';

/** One page of a listing of ListObjectsV2, whose keys are asked for with `encoding-type=url`. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** What the next page is asked for with; undefined behind the last one. */
  readonly next: string | undefined;
}

/** Undefined where the document is none, or ends in the middle. */
export function parseListPage(xml: string): ListPage | undefined {
  if (!/<\/ListBucketResult>\s*$/.test(xml)) return undefined;
  const objects: ObjectInfo[] = [];
  for (const [, contents] of xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
    const key = tagOf(contents!, 'Key');
    const size = Number(tagOf(contents!, 'Size'));
    if (key === undefined || !Number.isSafeInteger(size)) return undefined;
    objects.push({ key: decodedKey(key), size, etag: plainEtag(tagOf(contents!, 'ETag') ?? '') });
  }
  const isTruncated = tagOf(xml, 'IsTruncated') === 'true';
  return { objects, next: isTruncated ? tagOf(xml, 'NextContinuationToken') : undefined };
}

/** AWS writes a blank as `+`, Ceph as `%20`; both write a plus as `%2B`. */
const decodedKey = (text: string): string => decodeURIComponent(text.replace(/\+/g, ' '));

/** Without its quotes, which some servers leave out. */
export const plainEtag = (text: string): string => text.replace(/^W\//, '').replace(/^"|"$/g, '');

function tagOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(lt|gt|amp|quot|apos|#\d+|#x[\da-f]+);/gi, (_, entity: string) => characterOf(entity));
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function characterOf(entity: string): string {
  const named = ENTITIES[entity];
  if (named !== undefined) return named;
  return String.fromCodePoint(/^#x/i.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1)));
}
