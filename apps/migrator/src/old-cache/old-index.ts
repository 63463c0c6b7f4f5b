import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRY_EXTENSION, parseLegacyPath } from '@vision-cache/cache-keys';

/** Names under which the old project kept its index. */
export const INDEX_NAMES: ReadonlySet<string> = new Set(['cache_index.json', 'cache_metadata.json']);
/** An index of a hundred thousand entries has 40 MiB. */
const MAX_INDEX_BYTES = 512 * 1024 * 1024;

export interface Evidence {
  readonly sha256: string | undefined;
  readonly rows: number | undefined;
}

export interface OldIndex {
  readonly path: string;
  readonly entries: number;
  readonly present: number;
  readonly checksums: number;
}

interface RawEntry {
  readonly file_path?: unknown;
  readonly path?: unknown;
  readonly checksum?: unknown;
  readonly record_count?: unknown;
  readonly rows?: unknown;
}

/**
 * What an old index recorded of the files, by the files' paths below the root. Recorded paths may be absolute and of
 * another machine: the longest end of one that is a file here is taken. Undefined if it is no index.
 */
export function readIndex(root: string, path: string, into: Map<string, Evidence>): OldIndex | undefined {
  const absolute = join(root, path);
  let content: unknown;
  try {
    if (statSync(absolute).size > MAX_INDEX_BYTES) return undefined;
    content = JSON.parse(readFileSync(absolute, 'utf8').replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined;
  // Some versions wrapped the entries, others did not.
  const wrapped = (content as { entries?: unknown }).entries;
  const entries = Object.entries(typeof wrapped === 'object' && wrapped !== null ? wrapped : content);
  const isFile = lookIn(root);
  let present = 0;
  let checksums = 0;
  let count = 0;
  for (const [name, value] of entries) {
    if (typeof value !== 'object' || value === null) continue;
    count += 1;
    const entry = value as RawEntry;
    const recorded = [entry.file_path, entry.path].find((each) => typeof each === 'string');
    const file = recorded === undefined ? locateByName(isFile, name) : locate(isFile, recorded);
    if (file === undefined) continue;
    present += 1;
    const sha256 =
      typeof entry.checksum === 'string' && /^[0-9a-f]{64}$/i.test(entry.checksum)
        ? entry.checksum.toLowerCase()
        : undefined;
    const rows = [entry.record_count, entry.rows].find((each): each is number => Number.isSafeInteger(each));
    if (sha256 !== undefined) checksums += 1;
    // A later index knows more than an earlier one, but one without a checksum takes none away.
    const known = into.get(file);
    into.set(file, { sha256: sha256 ?? known?.sha256, rows: rows ?? known?.rows });
  }
  return { path, entries: count, present, checksums };
}

/** Whether a file is there; an index of a hundred thousand files of another disk need not ask for each of its paths. */
function lookIn(root: string): (path: string) => boolean {
  const top = new Set(readdirSync(root));
  return (path) => top.has(path.slice(0, path.indexOf('/'))) && existsSync(join(root, path));
}

function locate(isFile: (path: string) => boolean, recorded: string): string | undefined {
  if (recorded.includes('\0')) return undefined;
  const parts = recorded
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return undefined;
  for (let from = Math.max(0, parts.length - 10); from < parts.length - 1; from++) {
    const candidate = parts.slice(from).join('/');
    if (isFile(candidate)) return isEndOfLonger(parts, from) ? undefined : candidate;
  }
  return undefined;
}

/** G1 to G3 put `SYMBOL/INTERVAL/…` below four more folders: what is at its end alone is another file, of G0 or S. */
function isEndOfLonger(parts: readonly string[], from: number): boolean {
  if (from < 4 || parts.length - from !== 3) return false;
  return parseLegacyPath(parts.slice(from - 4).join('/')).status !== 'unknown';
}

/** `cache_metadata.json` records no path, but its names are the paths with `_` between the parts. */
function locateByName(isFile: (path: string) => boolean, name: string): string | undefined {
  const parts = name.split('_');
  for (let cut = 1; cut <= 2 && cut < parts.length; cut++) {
    const candidate = `${parts.slice(0, -cut).join('/')}/${parts.slice(-cut).join('_')}${ENTRY_EXTENSION}`;
    if (isFile(candidate) && parseLegacyPath(candidate).status !== 'unknown') return candidate;
  }
  return undefined;
}

/** The old project kept its index at the root, or in a folder `metadata` there; a root may hold several caches. */
export function findIndexes(root: string): {
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly indexes: readonly OldIndex[];
} {
  const evidence = new Map<string, Evidence>();
  const indexes: OldIndex[] = [];
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const places = ['', ...folders.flatMap(({ name }) => [name, `${name}/metadata`])].sort();
  for (const place of places) {
    for (const name of INDEX_NAMES) {
      const path = place === '' ? name : `${place}/${name}`;
      if (!existsSync(join(root, path))) continue;
      const index = readIndex(root, path, evidence);
      if (index !== undefined) indexes.push(index);
    }
  }
  return { evidence, indexes };
}
