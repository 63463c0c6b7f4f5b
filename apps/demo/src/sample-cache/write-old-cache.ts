import { type CacheKey, cacheKey, type ColumnBatch, intervalMicroseconds } from '@vision-cache/cache-keys';
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

function* soundSamples(archive: RowsOf): Iterable<Sample> {
  const spot = (interval: '1m' | '1h', date: string, form: OldForm, symbol = 'BTCUSDT') =>
    oldFile(dayOf(archive, 'spot', symbol, interval, date), form, LENGTHS[interval]);

  // S, the roadmap's old layout: three days of minutes in which the demo's first fetch begins, and days of hours.
  // check-paths: allow an old path, which only the migrator reads
  for (const day of ['20', '21', '22'])
    yield { path: `BTCUSDT/1m/2025-06-${day}.arrow`, bytes: spot('1m', `2025-06-${day}`, FORMS.roadmap) };
  // check-paths: allow an old path, which only the migrator reads
  for (const day of ['01', '02', '03', '04'])
    yield { path: `ETHUSDT/1h/2025-05-${day}.arrow`, bytes: spot('1h', `2025-05-${day}`, FORMS.integers, 'ETHUSDT') };

  // G0: a month in a file, beside an index with checksums.
  const march = joinBars(
    ['2025-03-01', '2025-03-02', '2025-03-03', '2025-03-04'].map((day) => dayOf(archive, 'spot', 'BTCUSDT', '1h', day)),
  );
  const records = march.openTime.length;
  // check-paths: allow an old path, which only the migrator reads
  yield {
    path: 'data/BTCUSDT/1h/202503.arrow',
    bytes: oldFile(march, FIRST, LENGTHS['1h']),
    indexed: { name: 'BTCUSDT_1h_202503', records },
  };
  // G1 and G2: the same below a longer folder.
  const april = joinBars(['2025-04-01', '2025-04-02'].map((day) => dayOf(archive, 'spot', 'ETHUSDT', '1h', day)));
  // check-paths: allow an old path, which only the migrator reads
  yield { path: 'data/binance/spot/klines/daily/ETHUSDT/1h/202504.arrow', bytes: oldFile(april, FIRST, LENGTHS['1h']) };
  // G3: days without dashes, intervals in small letters.
  // check-paths: allow an old path, which only the migrator reads
  for (const day of ['05', '06'])
    yield {
      path: `data/binance/spot/klines/daily/BTCUSDT/1h/202503${day}.arrow`,
      bytes: spot('1h', `2025-03-${day}`, FIRST),
    };
  // G4: Feather with LZ4; no market in the path.
  // check-paths: allow an old path, which only the migrator reads
  for (const day of ['07', '08'])
    yield {
      path: `BINANCE/KLINES/BTCUSDT/1h/2025-03-${day}.arrow`,
      bytes: spot('1h', `2025-03-${day}`, FORMS.feather),
    };
  // G5 and G5b: the market in the path.
  // check-paths: allow an old path, which only the migrator reads
  yield { path: 'BINANCE/KLINES/spot/BTCUSDT/1h/2025-03-09.arrow', bytes: spot('1h', '2025-03-09', FORMS.feather) };
  const perpetual = oldFile(dayOf(archive, 'um', 'BTCUSDT', '1h', '2025-05-01'), FIRST, LENGTHS['1h']);
  // check-paths: allow an old path, which only the migrator reads
  yield { path: 'BINANCE/KLINES/futures_um/BTCUSDT/1h/2025-05-01.arrow', bytes: perpetual };
  // G6: everything in small letters, base and quote apart.
  // check-paths: allow an old path, which only the migrator reads
  yield { path: 'binance/klines/spot/btc/usdt/1h/20250310.arrow', bytes: spot('1h', '2025-03-10', FORMS.nanoseconds) };
  // G7, G8, G9: one path, three kinds of bytes.
  // check-paths: allow an old path, which only the migrator reads
  const g7 = (day: string) => `data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2025-03-${day}`;
  // check-paths: allow an old path, which only the migrator reads
  yield { path: `${g7('11')}.arrow`, bytes: spot('1h', '2025-03-11', FORMS.parquet) };
  // check-paths: allow an old path, which only the migrator reads
  yield { path: `${g7('12')}.arrow`, bytes: spot('1h', '2025-03-12', FORMS.pandas) };
  // check-paths: allow an old path, which only the migrator reads
  yield { path: `${g7('13')}.arrow`, bytes: spot('1h', '2025-03-13', FORMS.polars) };
  const quarter = oldFile(dayOf(archive, 'um', 'BTCUSDT', '1h', '2025-05-02'), FORMS.polars, LENGTHS['1h']);
  // check-paths: allow an old path, which only the migrator reads
  yield { path: 'data/futures/um/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2025-05-02.arrow', bytes: quarter };
  // G10: folders twice, small letters and large ones.
  // check-paths: allow an old path, which only the migrator reads
  yield {
    path: 'binance/klines/spot/daily/klines/btcusdt/1h/BTCUSDT-1h-2025-03-14.arrow',
    bytes: spot('1h', '2025-03-14', FORMS.nanoseconds),
  };
  // N: at the new path, but never sealed.
  // check-paths: allow the new path with a file that is not of this cache
  yield { path: 'binance/spot/klines/daily/BTCUSDT/1h/2025-03-15.arrow', bytes: spot('1h', '2025-03-15', FIRST) };
}

function* damagedSamples(archive: RowsOf): Iterable<Sample> {
  const hours = (day: string) => dayOf(archive, 'spot', 'ETHUSDT', '1h', day);
  const write = (bars: OldBars, form: OldForm = FORMS.roadmap) => oldFile(bars, form, LENGTHS['1h']);
  // check-paths: allow an old path, which only the migrator reads
  const path = (name: string) => `ETHUSDT/1h/${name}.arrow`;
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
