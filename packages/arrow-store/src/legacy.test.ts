import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Dictionary, Int32, RecordBatchStreamWriter, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { DATASETS, type Interval } from '@vision-cache/cache-keys';
import {
  type Columns, HOUR, START, bars, decimals, dictionary, floats, ints, ipc, longs, pandasColumns, singles, texts, timestamps,
} from './containers/old-file.fixture.ts'; // prettier-ignore
import { parquet } from './containers/parquet.fixture.ts';
import { decodeLegacyKlines, legacyRowCount, readLegacyKlines, SNIFF_BYTES, sniffContainer } from './legacy.ts';

const dataset = DATASETS['binance/spot/klines'];
const decode = (bytes: Uint8Array, interval: Interval | readonly Interval[] | undefined = '1h') =>
  decodeLegacyKlines(bytes, { dataset, interval });
const of = bars();
const columns = pandasColumns(of);
const want = decode(ipc(columns)).batch;
const without = (name: string): Columns =>
  Object.fromEntries(Object.entries(columns).filter(([each]) => each !== name));
const found = (bytes: Uint8Array, interval?: Interval | readonly Interval[]): unknown => {
  try {
    decode(bytes, interval);
    return 'accepted';
  } catch (error) {
    return (error as { details: { found: unknown } }).details.found;
  }
};

describe(decodeLegacyKlines, () => {
  it('reads what pandas wrote, with close times computed anew', () => {
    expect(want.numRows).toBe(24);
    expect(want.columns.open_time).toEqual(of.time);
    expect(want.columns.close_time).toEqual(of.time.map((time) => time + HOUR - 1n));
    expect(want.columns.quote_volume).toEqual(of.quote);
    expect(want.columns.count).toEqual(of.count);
  });

  it.each(['s', 'ms', 'us', 'ns'] as const)('reads times in %s, of any zone', (unit) => {
    for (const zone of ['UTC', '+00:00', 'Asia/Tokyo', null]) {
      expect(decode(ipc({ ...columns, open_time: timestamps(of.time, unit, zone) })).batch).toEqual(want);
    }
  });

  it.each([
    ['digits of milliseconds', longs(of.time.map((time) => time / 1000n))],
    ['digits of microseconds', longs(of.time)],
    ['digits of nanoseconds', longs(of.time.map((time) => time * 1000n))],
    ['ISO text', texts(Array.from(of.time, (time) => new Date(Number(time / 1000n)).toISOString()))],
    [
      'pandas text',
      texts(
        Array.from(
          of.time,
          (time) => `${new Date(Number(time / 1000n)).toISOString().slice(0, 19).replace('T', ' ')}+00:00`,
        ),
      ),
    ],
    ['text of floats', texts(Array.from(of.time, (time) => `${time / 1000n}.0`))],
    [
      'text with a zone by name',
      texts(
        Array.from(
          of.time,
          (time) => `${new Date(Number(time / 1000n)).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
        ),
      ),
    ],
    [
      'text with an offset apart',
      texts(
        Array.from(
          of.time,
          (time) => `${new Date(Number(time / 1000n)).toISOString().slice(0, 19).replace('T', ' ')} +0000`,
        ),
      ),
    ],
    ['floats of milliseconds', floats(Float64Array.from(of.time, (time) => Number(time / 1000n)))],
  ])('reads times as %s', (_, open_time) => {
    expect(decode(ipc({ ...columns, open_time })).batch).toEqual(want);
  });

  it.each(['open_time', '__index_level_0__', 'temp_index', 'open_time_idx', 'open_time_us', 'openTime', 'Open time'])(
    'finds them as %s, last',
    (name) => {
      expect(decode(ipc({ ...without('open_time'), [name]: timestamps(of.time, 'us') })).batch).toEqual(want);
    },
  );

  it('takes row numbers for no times, and two columns only if they agree', () => {
    expect(decode(ipc({ ...columns, __index_level_0__: longs(of.count) })).batch).toEqual(want);
    expect(decode(ipc({ ...columns, open_time_us: longs(of.time) })).batch).toEqual(want);
    expect(found(ipc({ ...columns, open_time_us: longs(of.time.map((time) => time + HOUR)) }))).toBe('times-disagree');
  });

  it('goes over from milliseconds to microseconds in the middle of a file, as the archive did in 2025', () => {
    const time = of.time.map((each, row) => (row < 12 ? each / 1000n : each));
    expect(decode(ipc({ ...columns, open_time: longs(time) })).batch).toEqual(want);
  });

  it('finds columns under their old names, and passes over what it does not know', () => {
    const old = {
      ...without('quote_asset_volume'),
      quoteVolume: columns['quote_asset_volume']!,
      symbol: dictionary(Array.from(of.count, () => 'BTCUSDT')),
      ignore: texts(Array.from(of.count, () => '0')),
    };
    expect(decode(ipc(old)).batch).toEqual(want);
  });

  it.each([
    ['decimals', decimals],
    ['text', (values: Float64Array) => texts(Array.from(values, String))],
  ])('reads prices as %s exactly', (_, write) => {
    expect(decode(ipc({ ...columns, open: write(of.open), quote_asset_volume: write(of.quote) })).batch).toEqual(want);
  });

  it('takes counts as int32 and as floats, and flags 32-bit floats', () => {
    expect(decode(ipc({ ...columns, count: ints(of.count) })).batch).toEqual(want);
    expect(decode(ipc({ ...columns, count: floats(Float64Array.from(of.count, Number)) })).batch).toEqual(want);
    expect(decode(ipc({ ...columns, close: singles(of.close) })).lossy).toBe(true);
  });

  it("finds REST's names, and those of a coin-margined contract", () => {
    const rest = Object.values({ ...columns, close_time: columns['count']! });
    const names =
      'Kline open time,Open price,High price,Low price,Close price,Volume,ignore,Quote asset volume,Number of trades,Taker buy base asset volume,Taker buy quote asset volume';
    expect(decode(ipc(Object.fromEntries(names.split(',').map((name, index) => [name, rest[index]!])))).batch).toEqual(
      want,
    );
    const coinNames =
      'open_time,open,high,low,close,volume,close_time,base_asset_volume,count,taker_buy_volume,taker_buy_base_asset_volume';
    const coin = ipc(
      Object.fromEntries(coinNames.split(',').map((name, index) => [name, Object.values(columns)[index]!])),
    );
    const decoded = decodeLegacyKlines(coin, { dataset: DATASETS['binance/cm/klines'], interval: '1h' });
    expect(decoded).toMatchObject({ missingColumns: [], batch: { columns: want.columns } });
  });

  it('refuses rows whose times have lost the time of day, of whatever type', () => {
    const day = 86_400_000_000n;
    const days = of.time.map((time) => time - (time % day));
    const date = new Date(Number(days[0]! / 1000n)).toISOString().slice(0, 10);
    for (const open_time of [timestamps(days, 'ns'), longs(days), texts(Array.from(days, () => date))]) {
      expect(found(ipc({ ...columns, open_time }))).toBe('date-collapsed');
    }
    const daily = pandasColumns(bars(24, START, day));
    const text = texts(
      Array.from({ length: 24 }, (_, row) => new Date(Date.UTC(2024, 0, 1 + row)).toISOString().slice(0, 10)),
    );
    expect(decode(ipc({ ...daily, open_time: text }), '1d').interval).toBe('1d');
  });

  it('names missing columns, and cannot do without prices', () => {
    expect(decode(ipc(without('count')))).toMatchObject({ missingColumns: ['count'] });
    expect(found(ipc(without('close')))).toBe('missing-prices');
    expect(found(ipc(without('open_time')))).toBe('no-time-column');
  });

  it('sorts, removes repeats, keeps the first of two conflicting rows and tells both', () => {
    const order = [3, 0, 1, 2, 3, 0];
    const pick = <T extends Float64Array | BigInt64Array>(values: T): T => (values as Float64Array).constructor === Float64Array
      ? (Float64Array.from(order, (row) => values[row] as number) as T) : (BigInt64Array.from(order, (row) => values[row] as bigint) as T); // prettier-ignore
    const shuffled = Object.fromEntries(Object.entries(of).map(([name, values]) => [name, pick(values)])) as typeof of;
    shuffled.close[5] = of.close[0]! + 0.25;
    const rows = decode(ipc(pandasColumns(shuffled)));
    expect(rows).toMatchObject({
      rowsRead: 6,
      duplicates: 1,
      unsorted: 2,
      conflicts: [{ time: START, values: [{ column: 'close', kept: of.close[0], dropped: of.close[0]! + 0.25 }] }],
    });
    expect(rows.batch.columns.open_time).toEqual(of.time.slice(0, 4));
  });

  it.each(['file', 'stream'] as const)('reads an Arrow %s of several batches', (format) => {
    const bytes = ipc(columns, format);
    expect(decode(bytes).container).toBe(`ipc-${format}`);
    expect(decode(bytes).batch).toEqual(want);
  });

  it('reads each batch of a stream with the dictionary that stood before it', async () => {
    const writer = new RecordBatchStreamWriter();
    for (const rows of [[0, 12], [12, 24]] as const) {
      const part = pandasColumns(Object.fromEntries(Object.entries(of).map(([name, values]) => [name, values.slice(...rows)])) as typeof of);
      // The same field in both, as a writer has it that replaces what it said before.
      const volume = vectorFromArray(Array.from(of.volume.slice(...rows), String), new Dictionary(new Utf8(), new Int32(), 7));
      for (const batch of new Table({ ...part, volume }).batches) writer.write(batch);
    }
    writer.finish();
    expect(decode(await writer.toUint8Array()).batch).toEqual(want);
  }); // prettier-ignore

  it.each([
    { codec: 'none' }, { codec: 'snappy' }, { codec: 'gzip' }, { codec: 'brotli' }, { codec: 'lz4' }, { encoding: 'dictionary' },
    { encoding: 'split' }, { page: 2 }, { page: 2, encoding: 'dictionary' }, { groups: 3 },
  ] as const)('reads Parquet: %j', (options) => {
    expect(decode(parquet(of, options)).batch).toEqual(want);
  }); // prettier-ignore

  it.each([
    ['empty', new Uint8Array(0)],
    ['zeros', new Uint8Array(4096)],
    ['zip', Buffer.from('PK\u0003\u0004 and so on')],
    ['feather-v1', Buffer.from('FEA1    ')],
    ['git-lfs-pointer', Buffer.from('version https://git-lfs.github.com/spec/v1')],
    ['xml', Buffer.from('<Error><Code>NoSuchKey</Code></Error>')],
    ['json', Buffer.from('{"code":-1003}')],
    ['cut', ipc(columns).subarray(0, -4)],
    ['cut', ipc(columns, 'stream').subarray(0, -8)],
    ['cut', parquet(of).subarray(0, -4)],
    ['no-rows', ipc(pandasColumns(bars(0)))],
  ])('refuses what is %s', (word, bytes) => {
    expect(found(bytes)).toBe(word);
  });

  const changed = (name: keyof typeof of, row: number, value: number) => {
    const other = bars();
    (other[name] as Float64Array)[row] = value;
    return ipc(pandasColumns(other));
  };
  it.each([
    ['nan', changed('open', 3, NaN)],
    ['impossible-prices', changed('low', 3, 1e9)],
    ['impossible-prices', changed('close', 3, 1e9)],
    ['impossible-volume', changed('volume', 3, 1)],
    ['impossible-volume', changed('quote', 3, -1)],
    ['impossible-decimals', changed('volume', 3, 13.0000000012)],
    [
      'null',
      ipc({ ...columns, close: texts(Array.from(of.close, (value, row) => (row === 5 ? null : String(value)))) }),
    ],
    [
      'time-out-of-range',
      ipc({
        ...columns,
        open_time: timestamps(
          of.time.map((time) => time / 1000n),
          'us',
        ),
      }),
    ],
    [
      'off-grid',
      ipc({
        ...columns,
        open_time: timestamps(
          of.time.map((time) => time + 1_000_000n),
          'us',
        ),
      }),
    ],
  ])('refuses a file with a row that cannot be: %s', (word, bytes) => {
    expect(found(bytes)).toBe(word);
  });

  it('lets the rows settle the interval, and guesses none', () => {
    expect(found(ipc(columns), '1m')).toBe('other-interval');
    expect(decode(ipc(columns), ['1m', '1h']).interval).toBe('1h');
    expect(decode(ipc(columns), []).interval).toBe('1h');
    const one = pandasColumns(bars(1));
    expect(decode(ipc(one), '1h').interval).toBe('1h');
    const { close_time: _close, ...blind } = one;
    expect(found(ipc(blind), ['1m', '1mo'])).toBe('ambiguous-interval');
    expect(decode(ipc(pandasColumns(bars(3, START, HOUR * 2n))), '2h').interval).toBe('2h');
  });

  it.each([
    ['whole microseconds, too late', 998_001n, 1n],
    ['nanoseconds, too late', 998_001n, 1000n],
    ['right nanoseconds', 0n, 1000n],
  ])('lets even one row settle it by its close: %s', (_, late, factor) => {
    const closing = (step: bigint) => ({
      ...pandasColumns(bars(1)),
      close_time: longs(BigInt64Array.of((START + step + late) * factor - 1n)),
    });
    expect(decode(ipc(closing(60_000_000n)), ['1m', '1mo']).interval).toBe('1m');
    expect(decode(ipc(closing(31n * 24n * HOUR)), ['1m', '1mo']).interval).toBe('1mo');
    expect(found(ipc(closing(HOUR)), '1m')).toBe('other-interval');
  });

  it('refuses more rows than may be in memory', () => {
    expect(() => decodeLegacyKlines(ipc(columns), { dataset, interval: '1h', maxMemoryMb: 0.001 })).toThrow(
      expect.objectContaining({ code: 'E_TOO_LARGE' }),
    );
  });
});

describe(readLegacyKlines, () => {
  it('names the file in its errors, also where there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vision-cache-legacy-'));
    try {
      const path = join(folder, 'old.arrow');
      await expect(readLegacyKlines(path, { dataset })).rejects.toMatchObject({
        code: 'E_NOT_FOUND',
        details: { path },
      });
      writeFileSync(path, 'x');
      await expect(readLegacyKlines(path, { dataset })).rejects.toMatchObject({ code: 'E_FORMAT', details: { path } });
      writeFileSync(path, ipc(columns));
      expect((await readLegacyKlines(path, { dataset, interval: '1h' })).batch).toEqual(want);
      await expect(readLegacyKlines(path, { dataset, signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'E_ABORTED',
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe(sniffContainer, () => {
  it('goes by the first bytes, also of a stream from before Arrow 0.15', () => {
    const stream = ipc(columns, 'stream');
    expect(sniffContainer(stream)).toBe('ipc-stream');
    expect(sniffContainer(stream.subarray(4))).toBe('ipc-stream');
  });
});

describe('damaged old files', () => {
  /** A generator of its own, so that a seed gives the same mutations everywhere. */
  const generator = (seed: number) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let value = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };

  it.each([
    ['an Arrow file', Buffer.from(ipc(columns))],
    ['an Arrow stream', Buffer.from(ipc(columns, 'stream'))],
    ['Parquet', parquet(of, { encoding: 'dictionary' })],
    ['plain Parquet', parquet(of, { codec: 'none', page: 2 })],
  ])('%s: every mutation is refused with a code, or gives bars', (_, good) => {
    const random = generator(20_240_101);
    const at = (length: number) => Math.floor(random() * length);
    for (let round = 0; round < 800; round++) {
      let bytes = Buffer.from(good);
      const kind = random();
      if (kind < 0.5) for (let flips = 1 + at(8); flips > 0; flips--) bytes[at(bytes.length)]! ^= 1 << at(8);
      else if (kind < 0.65) bytes = bytes.subarray(0, at(bytes.length));
      else if (kind < 0.8) bytes.fill(0, at(bytes.length));
      else if (kind < 0.95) bytes.writeInt32LE(at(4_294_967_295) - 2_147_483_648, at(bytes.length - 4));
      else bytes = Buffer.concat([bytes, bytes.subarray(0, at(64))]);
      try {
        const { batch } = decode(bytes);
        for (let row = 0; row < batch.numRows; row++) {
          expect(batch.columns.low[row]!).toBeLessThanOrEqual(batch.columns.high[row]!);
          expect(batch.columns.open_time[row]! % HOUR).toBe(0n);
        }
      } catch (error) {
        if ((error as Error).name !== 'ArrowStoreError') throw error;
      }
    }
  });
});

describe(legacyRowCount, () => {
  it('counts rows that are refused for what is in them, and none of what cannot be read', () => {
    const odd = ipc(without('close'));
    expect(found(odd)).not.toBe('accepted');
    expect([ipc(columns), odd].map(legacyRowCount)).toEqual([24, 24]);
    expect([new Uint8Array(0), ipc(columns).subarray(0, 40)].map(legacyRowCount)).toEqual([undefined, undefined]);
  });
});

describe('SNIFF_BYTES', () => {
  it('are all that is needed to tell a container', () => {
    for (const bytes of [ipc(columns), new TextEncoder().encode('open_time,open\n'.repeat(100))]) {
      expect(bytes.length).toBeGreaterThan(SNIFF_BYTES);
      expect(sniffContainer(bytes.subarray(0, SNIFF_BYTES), bytes.length)).toBe(sniffContainer(bytes, bytes.length));
    }
  });
});
