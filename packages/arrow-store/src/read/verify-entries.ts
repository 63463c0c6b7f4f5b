import { createHash } from 'node:crypto';
import { type CacheFolder, type CacheKey, type Dataset } from '@vision-cache/cache-keys';
import type { EntryFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError, type ArrowStoreErrorCode, isArrowStoreError, quote } from '../contract/errors.ts';
import { crc32Zlib } from '../frame/crc32-zlib.ts';
import { openBytes, splitEntry } from '../format/decode-entry.ts';
import type { OpenEntry } from '../format/open-entry.ts';
import { findHeadSeal, findTailSeal } from '../frame/frame-reader.ts';
import { EMPTY_SEAL, SEAL_LENGTH } from '../frame/seal.ts';
import { timesOf } from '../rows/rows.ts';
import type { StoreContext } from '../store/store-context.ts';
import { isDamage, isUnsealed } from '../store/quarantine.ts';
import { listFiles } from './list-entries.ts';

/** What `verify` found of one file. */
export type VerifiedFile =
  | { readonly status: 'ok'; readonly path: string; readonly key: CacheKey; readonly facts: EntryFacts; readonly sha256: string }
  /** An entry's name, and a content that is not its own. */
  | { readonly status: 'damaged'; readonly path: string; readonly key: CacheKey; readonly code: ArrowStoreErrorCode; readonly message: string }
  /** Written by something else; the migrator can take it in. */
  | { readonly status: 'unsealed'; readonly path: string; readonly key: CacheKey; readonly message: string }
  /** It cannot be read now, for a reason that is not its own (no rights, too many open files, a failing disk), or is of a newer format. */
  | { readonly status: 'unreadable'; readonly path: string; readonly key: CacheKey; readonly code: ArrowStoreErrorCode; readonly message: string }
  /** No entry's name. */
  | { readonly status: 'foreign'; readonly path: string }; // prettier-ignore

/**
 * Checks files again whatever the policy: CRC and SHA-256 of all bytes, identity, and that the rows are what the facts
 * say. Nothing is changed or moved.
 */
export function* verifyEntries(store: StoreContext, of?: CacheFolder): Generator<VerifiedFile> {
  store.root.assertReadable();
  for (const { path, key } of listFiles(store.disk, store.catalog, of)) {
    if (key === undefined) {
      yield { status: 'foreign', path };
      continue;
    }
    try {
      const found = verifyFile(store, path);
      if (found !== undefined) yield { status: 'ok', path, key, ...found };
    } catch (error) {
      if (!isArrowStoreError(error)) throw error;
      const { code, message } = error;
      if (isUnsealed(error)) yield { status: 'unsealed', path, key, message };
      else yield { status: isDamage(error) ? 'damaged' : 'unreadable', path, key, code, message };
    }
  }
}

function verifyFile(store: StoreContext, path: string): { facts: EntryFacts; sha256: string } | undefined {
  const { reader, disk, catalog } = store;
  return reader.withFile(path, (file, stat) => {
    reader.assertFile(path, stat);
    const bytes = new Uint8Array(stat.size);
    reader.readExactly(path, file, [bytes], 0);
    const entry = reader.accept(path, stat, openBytes(bytes, catalog, crc32Zlib, disk.absolute(path)), true);
    const times = timesOf(entry.dataset, reader.columns(path, file, { entry, bytes }, [entry.dataset.timeColumn]));
    return { facts: entry.facts, sha256: assertWhole(bytes, entry, times, disk.absolute(path)) };
  });
}

/** That all bytes and the times of the rows are what was written. @returns the SHA-256. @throws {ArrowStoreError} `E_INTEGRITY` */
export function assertWhole(
  bytes: Uint8Array,
  entry: Pick<OpenEntry, 'sha256' | 'dataset'> & { readonly facts: Pick<EntryFacts, 'first' | 'last'> },
  times: BigInt64Array,
  file: string,
): string {
  const sha256 = sealedSha256(bytes);
  if (sha256 !== entry.sha256) throw damaged(file, `sha256 ${entry.sha256}`, `sha256 ${sha256}`);
  checkTimes(entry.dataset, entry.facts, times, file);
  return sha256;
}

/** SHA-256 of a file's bytes with both seals empty. */
function sealedSha256(bytes: Uint8Array): string {
  const { head, tail } = splitEntry(bytes, undefined);
  const empty = new TextEncoder().encode(EMPTY_SEAL);
  const headSeal = findHeadSeal(head);
  const tailSeal = bytes.length - tail.length + findTailSeal(tail);
  return createHash('sha256')
    .update(bytes.subarray(0, headSeal))
    .update(empty)
    .update(bytes.subarray(headSeal + SEAL_LENGTH, tailSeal))
    .update(empty)
    .update(bytes.subarray(tailSeal + SEAL_LENGTH))
    .digest('hex');
}

function damaged(path: string, expected: string, found: string): ArrowStoreError {
  const message = `${quote(path)}: damaged; expected ${expected}, found ${found}.`;
  return new ArrowStoreError('E_INTEGRITY', message, { path, expected, found });
}

/** Facts and rows were written together; that they agree shows that the writer was right. */
function checkTimes(
  dataset: Dataset,
  facts: Pick<EntryFacts, 'first' | 'last'>,
  times: BigInt64Array,
  path: string,
): void {
  const first = times[0];
  const last = times[times.length - 1];
  if (first !== facts.first || last !== facts.last) {
    throw damaged(path, `rows from ${facts.first} to ${facts.last}`, `from ${first} to ${last}`);
  }
  const isStrict = dataset.identity.length === 1 && dataset.identity[0] === dataset.timeColumn;
  for (let row = 1; row < times.length; row++) {
    const [before, time] = [times[row - 1]!, times[row]!];
    if (time > before || (time === before && !isStrict)) continue;
    throw damaged(path, 'times in order', `${time} after ${before}`);
  }
}
