import type { CacheFolder, CacheKey } from '@vision-cache/cache-keys';
import { isArrowStoreError } from '../contract/errors.ts';
import { openBytes, selectColumns } from '../format/decode-entry.ts';
import { decodeColumn } from '../format/decode-columns.ts';
import { crc32Zlib } from '../frame/crc32-zlib.ts';
import type { ObjectInfo } from '../objects/object-store.ts';
import { assertWhole, type VerifiedFile } from '../read/verify-entries.ts';
import { timesOf } from '../rows/rows.ts';
import { isDamage, isUnsealed } from '../store/quarantine.ts';
import type { BucketContext } from './bucket-context.ts';
import { inOrder } from './in-order.ts';
import { listNamedObjects } from './listed-keys.ts';

/** Gets every object under a folder whole and checks it again, as `verify` of a folder does. Changes nothing. */
export async function* verifyBucket(bucket: BucketContext, of: CacheFolder | undefined): AsyncGenerator<VerifiedFile> {
  // A thousand at a time: so many a listing tells.
  let some: { info: ObjectInfo; key: CacheKey | undefined }[] = [];
  for await (const { entryKey, ...info } of listNamedObjects(bucket.objects, bucket.catalog, of)) {
    some.push({ info, key: entryKey });
    if (some.length < 1000) continue;
    yield* verifySome(bucket, some);
    some = [];
  }
  yield* verifySome(bucket, some);
}

async function* verifySome(
  bucket: BucketContext,
  some: readonly { readonly info: ObjectInfo; readonly key: CacheKey | undefined }[],
): AsyncGenerator<VerifiedFile> {
  const size = ({ info }: (typeof some)[number]): number => info.size;
  const checked = inOrder(some, size, async ({ info: { key: path }, key }) =>
    key === undefined ? ({ status: 'foreign', path } as const) : verifyObject(bucket, path, key),
  );
  for await (const { answer } of checked) if (answer !== undefined) yield answer;
}

/** Undefined if it has gone since it was listed. */
async function verifyObject(
  { objects, catalog }: BucketContext,
  path: string,
  key: CacheKey,
): Promise<VerifiedFile | undefined> {
  const file = `${objects.name}${path}`;
  const found = await objects.get(path);
  if (found === undefined) return undefined;
  try {
    const { bytes } = found;
    const entry = openBytes(bytes, catalog, crc32Zlib, file, { path, key });
    const body = bytes.subarray(entry.bodyAt);
    const { dataset, rows } = entry;
    const [place] = selectColumns(entry, [dataset.timeColumn]);
    const column = decodeColumn(place!, rows, (at, length) => body.subarray(at, at + length));
    const sha256 = assertWhole(bytes, entry, timesOf(dataset, { [dataset.timeColumn]: column }), file);
    return { status: 'ok', path, key, facts: { ...entry.facts, layout: 'new' }, sha256 };
  } catch (error) {
    if (!isArrowStoreError(error)) throw error;
    const { code, message } = error;
    if (isUnsealed(error)) return { status: 'unsealed', path, key, message };
    return { status: isDamage(error) ? 'damaged' : 'unreadable', path, key, code, message };
  }
}
