import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeEntry } from '@vision-cache/arrow-store/decode';
import type { ColumnBatch } from '@vision-cache/cache-keys';
import { NotAFileError, readRegular } from '../disk/open-regular.ts';
import type { RealFolders } from '../disk/real-folders.ts';
import type { ReusedBytes } from '../disk/reused-bytes.ts';
import { storeErrorOf } from '../old-cache/store-errors.ts';

/** What stands at a new path now. */
export type Standing =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'entry';
      readonly fingerprint: string;
      readonly batch: ColumnBatch;
      /** Columns that not all rows have. */
      readonly missingColumns: ReadonlySet<string>;
      /** SHA-256 of the old files and archives that its rows came from. */
      readonly sources: ReadonlySet<string>;
    }
  /** A file without a seal: of generation N. */
  | { readonly kind: 'unsealed'; readonly fingerprint: string }
  /** A sealed file that is damaged, or of another key. */
  | { readonly kind: 'damaged'; readonly fingerprint: string }
  /** Not a file, or behind a link: nothing is read or written there. */
  | { readonly kind: 'foreign'; readonly what: string };

/**
 * Reads what stands at a path of the new tree, every byte verified. Looks, and never moves anything aside. With bytes to
 * read into, the rows stand in them, until they are read into again.
 * @throws what reading throws
 */
export function standingAt(folders: RealFolders, path: string, into?: ReusedBytes): Standing {
  const above = folders.above(path);
  if (above === 'nothing') return { kind: 'nothing' };
  if (above === 'link') return { kind: 'foreign', what: 'behind a link' };
  return standingIn(join(folders.root, path), path, into);
}

/** What a file holds that stands, or stood, at a path of the new tree. @throws what reading throws */
export function standingIn(absolute: string, path: string, into?: ReusedBytes): Standing {
  let bytes: Buffer;
  try {
    // The usual case of a file that is being moved; an error that is thrown costs ten times as much.
    if (into === undefined && lstatSync(absolute, { throwIfNoEntry: false }) === undefined) return { kind: 'nothing' };
    bytes = into === undefined ? readRegular(absolute).bytes : into.read(absolute);
  } catch (error) {
    if (error instanceof NotAFileError) return { kind: 'foreign', what: error.what };
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'nothing' };
    throw error;
  }
  try {
    const entry = decodeEntry(bytes, { crc32 });
    if (entry.path !== path) return { kind: 'damaged', fingerprint: fingerprintOf(bytes) };
    const { facts } = entry;
    const all = [facts, ...facts.contributions];
    return {
      kind: 'entry',
      fingerprint: `seal:${entry.sha256}`,
      batch: entry.batch,
      missingColumns: new Set(all.flatMap(({ missingColumns }) => missingColumns)),
      sources: new Set(all.flatMap(({ sourceSha256 }) => (sourceSha256 === undefined ? [] : [sourceSha256]))),
    };
  } catch (error) {
    const known = storeErrorOf(error);
    if (known === undefined || known.code === 'E_NEWER_FORMAT') throw error;
    return { kind: known.code === 'E_INTEGRITY' ? 'damaged' : 'unsealed', fingerprint: fingerprintOf(bytes) };
  }
}

const fingerprintOf = (bytes: Uint8Array): string => `bytes:${createHash('sha256').update(bytes).digest('hex')}`;

/** What identifies the bytes that stand somewhere; null for nothing, undefined for what is no file. */
export function fingerprintAt(standing: Standing): string | null | undefined {
  if (standing.kind === 'nothing') return null;
  return standing.kind === 'foreign' ? undefined : standing.fingerprint;
}
