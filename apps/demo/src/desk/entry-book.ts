import { decodeEntry } from '@vision-cache/arrow-store/decode';
import {
  barCount,
  type BinanceDataset,
  type CacheKey,
  cacheFolder,
  cachePath,
  type ColumnsOf,
  type DATASETS,
  ENTRY_EXTENSION,
  epochMilliseconds,
  type Interval,
  legacyCachePath,
  spanOf,
} from '@vision-cache/cache-keys';
import { coverageOf, knownFacts } from '@vision-cache/data-source-manager';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Composition } from '../contract/parts.ts';
import type {
  Coverage,
  EntryDetails,
  EntrySummary,
  Gap,
  Origin,
  StoredIntervals,
  Verification,
} from '../contract/api.ts';
import { seriesKey, seriesKeys } from '../bars/series-keys.ts';
import type { ActivityBook } from './activity-book.ts';
import { RefusedError, sentenceOf } from '../server/refused.ts';
import type { Dated, EntryBytes, Range, UncheckedSeries } from '../contract/desk.ts';

type Cache = Composition['cache'];
type Known = Awaited<ReturnType<Cache['coverage']>>[number];
type Klines = (typeof DATASETS)['binance/spot/klines'];

/** Entries whose coverage is worked out before others get a turn: about 10 ms of work. */
const KEYS_AT_ONCE = 128;
const yieldToEventLoop = (): Promise<void> => new Promise((done) => setImmediate(done));

const milliseconds = (microseconds: bigint): number => Number(microseconds / 1000n);

/** What the cache holds, entry by entry, in the page's words. */
export class EntryBook {
  readonly #cache: Cache;
  readonly #catalog: Composition['catalog'];
  readonly #activity: ActivityBook;
  readonly #now: () => number;

  constructor(cache: Cache, catalog: Composition['catalog'], activity: ActivityBook, now: () => number) {
    this.#cache = cache;
    this.#catalog = catalog;
    this.#activity = activity;
    this.#now = now;
  }

  /** Entries held of each interval, counted by their files' names. */
  async stored(of: Omit<UncheckedSeries, 'interval'>, intervals: readonly Interval[]): Promise<StoredIntervals> {
    const counts: Partial<Record<Interval, number>> = {};
    for (const interval of intervals) {
      const [key] = seriesKeys({ ...of, interval }, '2024-01-01', '2024-01-02', this.#catalog);
      if (key === undefined) continue;
      const old = legacyCachePath(key);
      const folders = [cacheFolder(key), ...(old === undefined ? [] : [dirname(old)])];
      const names = await Promise.all(
        folders.map((folder) => readdir(join(this.#cache.root, folder)).catch(() => [] as string[])),
      );
      const held = new Set(names.flat().filter((name) => name.endsWith(ENTRY_EXTENSION)));
      if (held.size > 0) counts[interval] = held.size;
    }
    return counts;
  }

  async coverage({ from, to, ...series }: Range): Promise<Coverage> {
    const keys = seriesKeys(series, from, to, this.#catalog);
    const entries: EntrySummary[] = [];
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const part = keys.slice(at, at + KEYS_AT_ONCE);
      const known = await knownFacts(this.#cache, this.#catalog, part, this.#microseconds());
      entries.push(...this.#summaries(part, known).filter(({ state }) => state !== 'unasked'));
      await yieldToEventLoop();
    }
    return { entries };
  }

  async facts({ date, ...series }: Dated): Promise<EntryDetails> {
    const key = seriesKey(series, date);
    const [known] = await knownFacts(this.#cache, this.#catalog, [key], this.#microseconds());
    const [summary] = this.#summaries([key], [known]);
    const path = cachePath(key);
    if (known === undefined) return { ...summary!, path };
    if (known.state === 'absent') {
      const { askedAt, believedUntil, source } = known;
      return { ...summary!, path, source, askedAt: milliseconds(askedAt), believedUntil: milliseconds(believedUntil) };
    }
    const { layout, source, sourceUrl, sourceSha256, sourceEtag, sourceLastModified } = known;
    const place = await this.#cache.resolve(key);
    const bytes = place === undefined ? undefined : (await stat(place.path)).size;
    return {
      ...summary!, layout, source, path: layout === 'old' ? (legacyCachePath(key) ?? path) : path,
      ...(bytes === undefined ? {} : { bytes }),
      ...(sourceUrl === undefined ? {} : { sourceUrl }),
      ...(sourceSha256 === undefined ? {} : { sourceSha256 }),
      ...(sourceEtag === undefined ? {} : { sourceEtag }),
      ...(sourceLastModified === undefined ? {} : { sourceLastModified }),
    }; // prettier-ignore
  }

  async bytes({ date, ...series }: Dated): Promise<EntryBytes> {
    const key = seriesKey(series, date);
    const started = performance.now();
    const place = await this.#cache.resolve(key);
    if (place === undefined)
      throw new RefusedError('E_NOT_CACHED', `${date} is not in the cache. Fetch it first.`, 404);
    if (place.layout === 'new') {
      const bytes = await readFile(place.path);
      this.#activity.readFile('new', 0, bytes.length, performance.now() - started);
      return { form: 'file', bytes };
    }
    const loaded = await this.#cache.load(key);
    if (loaded === undefined) throw new RefusedError('E_NOT_CACHED', `${date} is not in the cache any more.`, 404);
    return { form: 'columns', bytes: columnBytes(loaded.columns as unknown as ColumnsOf<Klines>) };
  }

  async verify({ date, ...series }: Dated): Promise<Verification> {
    const key = seriesKey(series, date);
    const place = await this.#cache.resolve(key);
    if (place === undefined) return { sound: false, finding: 'there is no readable entry of this day; fetch it again' };
    if (place.layout === 'old')
      return { sound: true, finding: 'an old file, which has no seal; its rows are of this day and on its grid' };
    try {
      const bytes = await readFile(place.path);
      const { path, facts, sha256 } = decodeEntry(bytes, { file: place.path });
      if (path !== cachePath(key)) return { sound: false, finding: `the file says that it is ${path}` };
      return {
        sound: true,
        finding: `${facts.rows.toLocaleString('en')} rows, every byte agrees with the seal (SHA-256 ${sha256.slice(0, 12)}…)`,
      };
    } catch (error) {
      return { sound: false, finding: sentenceOf(error) };
    }
  }

  async invalidate({ date, ...series }: Dated): Promise<void> {
    await this.#cache.invalidate(seriesKey(series, date));
  }

  #summaries(keys: readonly CacheKey<BinanceDataset>[], facts: readonly Known[]): EntrySummary[] {
    const [first, last] = [keys[0], keys.at(-1)];
    if (first === undefined || last === undefined) return [];
    const span = { start: spanOf(first.date).start, end: spanOf(last.date).end };
    const { gaps } = coverageOf({ span, keys, facts, interval: first.interval, now: this.#microseconds() });
    let gap = 0;
    return keys.map((key, index) => {
      const { start, end } = spanOf(key.date);
      while (gap < gaps.length && gaps[gap]!.end <= start) gap++;
      const own: Gap[] = [];
      const known = facts[index];
      for (let at = gap; at < gaps.length && gaps[at]!.start < end && known !== undefined; at++) {
        const { kind, evidence, ...where } = gaps[at]!;
        const from = where.start > start ? where.start : start;
        const to = where.end < end ? where.end : end;
        own.push({ from: milliseconds(from), to: milliseconds(to), kind, evidence });
      }
      return this.#summary(key, known, own);
    });
  }

  #microseconds(): bigint {
    return BigInt(this.#now()) * 1000n;
  }

  #summary(key: CacheKey<BinanceDataset>, known: Known, gaps: readonly Gap[]): EntrySummary {
    const { start, end } = spanOf(key.date);
    const base = {
      date: key.date,
      from: milliseconds(start),
      to: milliseconds(end),
      gaps,
      expectedRows: barCount(key.interval!, start, end),
    };
    if (known === undefined) return { ...base, state: 'unasked' };
    if (known.state === 'absent')
      return { ...base, state: 'absent', reason: `${known.kind.replaceAll('-', ' ')}: ${known.evidence}` };
    const state = known.state === 'complete' && known.rows < base.expectedRows ? 'gaps' : known.state;
    return { ...base, state, origin: this.#origin(key, known.source), rows: known.rows };
  }

  #origin(key: CacheKey, source: string): Origin {
    if (source === 'migrated') return 'migrated';
    if (!this.#activity.wasSaved(cachePath(key))) return 'cache';
    return source === 'rest' ? 'rest' : source === 'vision' ? 'vision' : 'cache';
  }
}

/** Six columns one after the other: time in epoch milliseconds, prices, volume. */
function columnBytes({ open_time, open, high, low, close, volume }: ColumnsOf<Klines>): Uint8Array {
  const columns = [epochMilliseconds(open_time), open, high, low, close, volume];
  const all = new Float64Array(columns.length * open.length);
  columns.forEach((column, index) => all.set(column, index * open.length));
  return new Uint8Array(all.buffer);
}
