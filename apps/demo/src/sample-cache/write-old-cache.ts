import { type CacheKey, cacheKey, cachePath, type ColumnBatch, intervalMicroseconds } from '@vision-cache/cache-keys';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { join as joinBars, oldBars, type OldBars, pick, withOtherCloses } from './old-bars.ts';
import { oldFile, type OldForm } from './old-file.ts';

/** What a synthetic archive knows of a day: the rows that the market made. */
export interface RowsOf {
  rows(key: CacheKey): ColumnBatch;
}

interface Sample {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Kept in the index beside it, as the first generations did. */
  readonly indexed?: { readonly name: string; readonly records: number };
}

const FIRST: OldForm = { container: 'file', time: 'us', names: 'first' };
const FORMS = {
  roadmap: { container: 'file', time: 'ms', names: 'first' },
  integers: { container: 'file', time: 'integer', names: 'first' },
  feather: { container: 'lz4', time: 'us', names: 'first' },
  nanoseconds: { container: 'file', time: 'ns', names: 'second' },
  parquet: { container: 'parquet', time: 'ms', names: 'second' },
  pandas: { container: 'file', time: 'ms', names: 'second', openTimeLast: true },
  polars: { container: 'file', time: 'us', names: 'second', sourceColumn: true },
  stream: { container: 'stream', time: 'us', names: 'first' },
} as const satisfies Record<string, OldForm>;

/**
 * Writes a small old cache of synthetic rows in which every generation is met, sound and damaged.
 *
 * @param days of the same market that the demo's archive has, so that what is migrated agrees with what is fetched
 * @returns how many files it has
 */
export async function writeOldCache(root: string, archive: RowsOf): Promise<number> {
  const samples = [...soundSamples(archive), ...damagedSamples(archive)];
  for (const { path, bytes } of samples) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  const index = Object.fromEntries(
    samples.flatMap(({ path, bytes, indexed }) =>
      indexed === undefined
        ? []
        : [[indexed.name, { path, checksum: createHash('sha256').update(bytes).digest('hex'), record_count: indexed.records, last_updated: '2025-03-24T10:00:00Z' }]],
    ),
  ); // prettier-ignore
  await mkdir(join(root, 'metadata'), { recursive: true });
  await writeFile(join(root, 'metadata', 'cache_index.json'), JSON.stringify(index, undefined, 2));
  return samples.length;
}

function dayOf(archive: RowsOf, marketType: string, symbol: string, interval: string, date: string): OldBars {
  return oldBars(archive.rows(cacheKey({ marketType, symbol, interval, date })));
}

const LENGTHS = { '1m': intervalMicroseconds('1m')!, '1h': intervalMicroseconds('1h')! };

// check-paths: allow old paths, which only the migrator reads
const at = (folder: string, name: string): string => `${folder}/${name}.arrow`;

function* soundSamples(archive: RowsOf): Iterable<Sample> {
  const spot = (interval: '1m' | '1h', date: string, form: OldForm, symbol = 'BTCUSDT') =>
    oldFile(dayOf(archive, 'spot', symbol, interval, date), form, LENGTHS[interval]);
  const um = (date: string, form: OldForm) => oldFile(dayOf(archive, 'um', 'BTCUSDT', '1h', date), form, LENGTHS['1h']);
  const hours = (symbol: string, dates: readonly string[]) =>
    joinBars(dates.map((date) => dayOf(archive, 'spot', symbol, '1h', date)));

  // S, the roadmap's old layout: three days of minutes in which the demo's first view begins, and days of hours.
  for (const date of ['2025-06-20', '2025-06-21', '2025-06-22']) {
    yield { path: at('BTCUSDT/1m', date), bytes: spot('1m', date, FORMS.roadmap) };
  }
  for (const date of ['2025-05-01', '2025-05-02', '2025-05-03', '2025-05-04']) {
    yield { path: at('ETHUSDT/1h', date), bytes: spot('1h', date, FORMS.integers, 'ETHUSDT') };
  }
  // G0: several days in a file of the month, beside an index with checksums.
  const march = hours('BTCUSDT', ['2025-03-01', '2025-03-02', '2025-03-03', '2025-03-04']);
  const indexed = { name: 'BTCUSDT_1h_202503', records: march.openTime.length };
  yield { path: at('data/BTCUSDT/1h', '202503'), bytes: oldFile(march, FIRST, LENGTHS['1h']), indexed };
  // G1 and G2: the same below a longer folder.
  const april = hours('ETHUSDT', ['2025-04-01', '2025-04-02']);
  // check-paths: allow an old path, which only the migrator reads
  const longPath = 'data/binance/spot/klines/daily';
  yield { path: at(`${longPath}/ETHUSDT/1h`, '202504'), bytes: oldFile(april, FIRST, LENGTHS['1h']) };
  // G3: days without dashes, intervals in small letters.
  for (const day of ['05', '06']) {
    yield { path: at(`${longPath}/BTCUSDT/1h`, `202503${day}`), bytes: spot('1h', `2025-03-${day}`, FIRST) };
  }
  // G4: Feather with LZ4; no market in the path.
  for (const date of ['2025-03-07', '2025-03-08']) {
    yield { path: at('BINANCE/KLINES/BTCUSDT/1h', date), bytes: spot('1h', date, FORMS.feather) };
  }
  // G5 and G5b: the market in the path.
  yield { path: at('BINANCE/KLINES/spot/BTCUSDT/1h', '2025-03-09'), bytes: spot('1h', '2025-03-09', FORMS.feather) };
  yield { path: at('BINANCE/KLINES/futures_um/BTCUSDT/1h', '2025-05-01'), bytes: um('2025-05-01', FIRST) };
  // G6: everything in small letters, base and quote apart.
  yield { path: at('binance/klines/spot/btc/usdt/1h', '20250310'), bytes: spot('1h', '2025-03-10', FORMS.nanoseconds) };
  // G7, G8, G9: one path, three kinds of bytes.
  const kinds = { '2025-03-11': FORMS.parquet, '2025-03-12': FORMS.pandas, '2025-03-13': FORMS.polars };
  for (const [date, form] of Object.entries(kinds)) {
    // check-paths: allow an old path, which only the migrator reads
    yield { path: at('data/spot/daily/klines/BTCUSDT/1h', `BTCUSDT-1h-${date}`), bytes: spot('1h', date, form) };
  }
  // check-paths: allow an old path, which only the migrator reads
  const futures = at('data/futures/um/daily/klines/BTCUSDT/1h', 'BTCUSDT-1h-2025-05-02');
  yield { path: futures, bytes: um('2025-05-02', FORMS.polars) };
  // G10: folders twice, small letters and large ones.
  // check-paths: allow an old path, which only the migrator reads
  const doubled = at('binance/klines/spot/daily/klines/btcusdt/1h', 'BTCUSDT-1h-2025-03-14');
  yield { path: doubled, bytes: spot('1h', '2025-03-14', FORMS.nanoseconds) };
  // N: at the new path, but never sealed.
  const unsealed = cachePath(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2025-03-15' }));
  yield { path: unsealed, bytes: spot('1h', '2025-03-15', FIRST) };
}

function* damagedSamples(archive: RowsOf): Iterable<Sample> {
  const hours = (day: string) => dayOf(archive, 'spot', 'ETHUSDT', '1h', day);
  const write = (bars: OldBars, form: OldForm = FORMS.roadmap) => oldFile(bars, form, LENGTHS['1h']);
  const path = (name: string) => at('ETHUSDT/1h', name);
  const may10 = hours('2025-05-10');
  const sound = write(hours('2025-05-11'));

  // Named by the start of a call that fetched three days.
  yield {
    path: path('2025-05-06'),
    bytes: write(joinBars([hours('2025-05-06'), hours('2025-05-07'), hours('2025-05-08')])),
  };
  // Rows of another day than its name's.
  yield { path: path('2025-05-09'), bytes: write(may10) };
  yield { path: path('2025-05-11'), bytes: sound.subarray(0, Math.floor(sound.length / 2)) };
  yield { path: path('2025-05-12'), bytes: new Uint8Array() };
  const twice = hours('2025-05-13');
  const half = pick(
    twice,
    Array.from({ length: 6 }, (_, row) => row),
  );
  yield { path: path('2025-05-13'), bytes: write(joinBars([twice, half])) };
  yield {
    path: path('2025-05-14'),
    bytes: write(joinBars([hours('2025-05-14'), withOtherCloses(pick(hours('2025-05-14'), [3, 4]))])),
  };
  yield { path: path('2025-05-15'), bytes: write(pick(hours('2025-05-15'), [0, 1, 2, 3, 4, 5, 6, 7])) };
  yield { path: path('2025-05-16'), bytes: write(hours('2025-05-16'), FORMS.stream) };
  yield { path: path('2025-02-30'), bytes: write(hours('2025-05-17')) };
  const error = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code></Error>';
  yield { path: path('2025-05-18'), bytes: Buffer.from(error) };
  yield { path: `${path('2025-05-16')}.lock`, bytes: new Uint8Array() };
}
