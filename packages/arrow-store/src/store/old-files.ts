import {
  type CacheKey,
  type Catalog,
  type ColumnBatch,
  type Dataset,
  firstRowAt,
  spanOf,
} from '@vision-cache/cache-keys';
import { type Disk, parentOf } from '../disk/disk.ts';
import type { FileStat } from '../disk/file-system.ts';
import { systemCode } from '../disk/system-error.ts';
import type { StoredFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError, isArrowStoreError, quote } from '../contract/errors.ts';
import { describeRows } from '../rows/attribute.ts';
import { type Rows, rowsOf, slice, timesOf } from '../rows/rows.ts';
import { covers, runsOf } from '../rows/spans.ts';

/** The rows of an old file that belong to a key. */
export interface OldEntry {
  readonly path: string;
  readonly rows: Rows;
  readonly facts: StoredFacts;
}

/** What an old file was found to be: its rows of the key, or why it is not trusted. */
export type OldAnswer = OldEntry | ArrowStoreError | undefined;

interface Remembered {
  readonly stat: FileStat;
  readonly answer: Pick<OldEntry, 'facts'> | ArrowStoreError;
}

/** Facts of old files take a read of all their rows, and are kept for this many. */
const MOST_REMEMBERED = 10_000;

/** Reads old files, and touches nothing of them: no write, no rename, not even a folder. */
export class OldFiles {
  readonly #disk: Disk;
  readonly #catalog: Catalog;
  readonly #remembered = new Map<string, Remembered>();

  constructor(disk: Disk, catalog: Catalog) {
    this.#disk = disk;
    this.#catalog = catalog;
  }

  /** The first of the paths under which there is a file, reached without a link. */
  find(paths: readonly string[]): string | undefined {
    return paths.find((path) => {
      const { root } = this.#disk;
      if (path === '' || path.startsWith('/') || path.split(/[\\/]/).includes('..')) {
        const message = `${quote(path)} leads outside the root ${quote(root)}.`;
        throw new ArrowStoreError('E_OUTSIDE_ROOT', message, { path, expected: 'a path below the root', found: path });
      }
      try {
        return this.#disk.lstat(path)?.kind === 'file' && this.#disk.hasFolder(parentOf(path));
      } catch (error) {
        // A link or a file on the way: nothing that a request of this key has to fail for. What the disk says is.
        if (isArrowStoreError(error) && (error.code === 'E_SYMLINK' || systemCode(error) === 'ENOTDIR')) return false;
        throw error;
      }
    });
  }

  /** What is known of an old file without its rows. */
  async facts(key: CacheKey, path: string, signal?: AbortSignal): Promise<StoredFacts | ArrowStoreError | undefined> {
    const stat = this.#disk.lstat(path);
    const before = this.#remembered.get(path);
    if (stat !== undefined && before !== undefined && isUnchanged(stat, before.stat)) {
      return isArrowStoreError(before.answer) ? before.answer : before.answer.facts;
    }
    const answer = await this.read(key, path, signal);
    return answer === undefined || isArrowStoreError(answer) ? answer : answer.facts;
  }

  /** The rows of the key's own day; a file that is not to be trusted is answered by its error. */
  async read(key: CacheKey, path: string, signal?: AbortSignal): Promise<OldAnswer> {
    const stat = this.#disk.lstat(path);
    if (stat === undefined) return undefined;
    const before = this.#remembered.get(path);
    if (before !== undefined && isArrowStoreError(before.answer) && isUnchanged(stat, before.stat))
      return before.answer;
    let answer: OldEntry | ArrowStoreError;
    try {
      answer = await this.#read(key, path, signal);
    } catch (error) {
      if (!isArrowStoreError(error)) throw error;
      if (error.code === 'E_NOT_FOUND') return undefined;
      if (!REFUSALS.has(error.code)) throw error;
      answer = error;
    }
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.delete(this.#remembered.keys().next().value!);
    this.#remembered.set(path, { stat, answer: isArrowStoreError(answer) ? answer : { facts: answer.facts } });
    return answer;
  }

  async #read(key: CacheKey, path: string, signal?: AbortSignal): Promise<OldEntry | ArrowStoreError> {
    const dataset: Dataset = this.#catalog.datasetOf(key);
    const interval = key.interval!;
    const { readLegacyKlines } = await import('../legacy/read-legacy.ts');
    const file = this.#disk.absolute(path);
    const { batch, missingColumns } = await readLegacyKlines(file, { dataset, interval, signal });
    const span = spanOf(key.date);
    const columns: ColumnBatch['columns'] = batch.columns;
    const times = timesOf(dataset, columns);
    const [from, to] = [firstRowAt(times, span.start), firstRowAt(times, span.end)];
    if (from === to) {
      const expected = `bars of ${key.date}`;
      const found = 'bars of other days only';
      const message = `${quote(file)} is not read: it holds no bars of ${key.date}.`;
      return new ArrowStoreError('E_LOGICAL', message, { path: file, expected, found });
    }
    const own = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, slice(column, from, to)]));
    const rows = rowsOf(to - from, own, { source: 'migrated', missingColumns });
    const runs = runsOf(timesOf(dataset, own), interval);
    const facts = describeRows(
      key,
      dataset,
      rows,
      [{ spans: covers(runs, span) ? [span] : runs, holes: [] }],
      this.#catalog.sourceRank,
    );
    return { path, rows, facts };
  }
}

/** Codes that say what the file is; any other is a failure of the disk or of the moment. */
const REFUSALS = new Set<string>(['E_FORMAT', 'E_SCHEMA', 'E_LOGICAL', 'E_INTEGRITY', 'E_TOO_LARGE', 'E_SYMLINK']);

function isUnchanged(a: FileStat, b: FileStat): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}
