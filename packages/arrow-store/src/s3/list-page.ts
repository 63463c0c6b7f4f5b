import type { ObjectInfo } from '../objects/object-store.ts';

/** One page of a listing of ListObjectsV2, whose keys are asked for with `encoding-type=url`. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** What the next page is asked for with; undefined behind the last one. */
  readonly next: string | undefined;
}

/** Undefined if the document is none, ends in the middle, or does not say how it goes on. */
export function parseListPage(xml: string): ListPage | undefined {
  if (!/<\/ListBucketResult>\s*$/.test(xml)) return undefined;
  const decoded = tagOf(xml, 'EncodingType') === 'url' ? decodedKey : (text: string) => text;
  const objects: ObjectInfo[] = [];
  for (const [, contents] of xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
    const key = decoded(tagOf(contents!, 'Key') ?? '');
    const size = Number(tagOf(contents!, 'Size'));
    if (!key || !Number.isSafeInteger(size)) return undefined;
    objects.push({ key, size, etag: plainEtag(tagOf(contents!, 'ETag') ?? '') });
  }
  if (tagOf(xml, 'IsTruncated') !== 'true') return { objects, next: undefined };
  const next = tagOf(xml, 'NextContinuationToken');
  return next ? { objects, next } : undefined;
}

/** AWS writes a blank as `+`, Ceph as `%20`; both write a plus as `%2B`. Undefined if it is no such text. */
function decodedKey(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return undefined;
  }
}

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
