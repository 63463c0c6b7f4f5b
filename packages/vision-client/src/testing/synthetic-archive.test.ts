import {
  type Interval,
  BINANCE,
  cacheKey,
  keysBetween,
  parseVisionObjectKey,
  rowSpanOf,
  visionChecksumKey,
  visionObjectKey,
} from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { crc32, inflateRawSync } from 'node:zlib';
import { createSyntheticArchive } from './index.ts';

const DAY = { symbol: 'BTCUSDT', interval: '1m', date: '2024-01-15' } as const;

/** Reads a zip of one member by hand, without the package's own reader. */
function unzip(zip: Uint8Array): { name: string; text: string } {
  const bytes = Buffer.from(zip);
  expect(bytes.readUInt32LE(0)).toBe(0x04034b50);
  expect(bytes.readUInt16LE(bytes.length - 22 + 10)).toBe(1);
  const packed = bytes.readUInt32LE(18);
  const nameLength = bytes.readUInt16LE(26);
  const name = bytes.toString('utf8', 30, 30 + nameLength);
  const content = inflateRawSync(bytes.subarray(30 + nameLength, 30 + nameLength + packed));
  expect(content.length).toBe(bytes.readUInt32LE(22));
  expect(crc32(content)).toBe(bytes.readUInt32LE(14));
  return { name, text: content.toString('utf8') };
}

const lines = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

describe(createSyntheticArchive, () => {
  it('gives the same bytes for the same options, in whatever order they are asked for', () => {
    const first = createSyntheticArchive({ seed: 7 });
    const second = createSyntheticArchive({ seed: 7 });
    const names = [
      'data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-15.zip',
      'data/futures/um/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-01-15.zip',
      'data/spot/monthly/klines/ETHUSDT/1w/ETHUSDT-1w-2024-01.zip',
    ];
    const firstly = names.map((name) => first.object(name));
    const reversed = [...names].reverse().map((name) => second.object(name));
    expect(reversed.reverse()).toEqual(firstly);
    expect(firstly).not.toContain(undefined);
    expect(createSyntheticArchive({ seed: 8 }).object(names[0]!)!.etag).not.toBe(firstly[0]!.etag);
  });

  it('packs one member, named like the zip, beside a CHECKSUM of the bytes', () => {
    const archive = createSyntheticArchive();
    const key = cacheKey(DAY);
    const zip = archive.object(visionObjectKey(key))!;
    const { name, text } = unzip(zip.body);
    expect(name).toBe('BTCUSDT-1m-2024-01-15.csv');
    expect(text).toBe(archive.csv(key));
    const sha256 = createHash('sha256').update(zip.body).digest('hex');
    const checksum = archive.object(visionChecksumKey(key))!;
    expect(Buffer.from(checksum.body).toString()).toBe(`${sha256}  BTCUSDT-1m-2024-01-15.zip\n`);
    expect(zip.etag).toMatch(/^[0-9a-f]{32}$/);
    const [listed] = archive.list({ prefix: visionObjectKey(key) }).contents;
    expect(listed).toEqual({ key: zip.key, size: zip.body.length, etag: zip.etag, lastModified: zip.lastModified });
    // Where a reader may have nothing but its ETag to go by, it is the MD5 of the bytes.
    const odd = createSyntheticArchive({ irregularities: [{ name: 'wrong-checksum', date: key.date }] });
    const { body, etag } = odd.object(visionObjectKey(key))!;
    expect(Buffer.compare(body, zip.body)).toBe(0);
    expect(etag).toBe(createHash('md5').update(body).digest('hex'));
    expect(zip.lastModified).toBe('2024-01-16T04:00:00.000Z');
  });

  it('writes spot klines without a header, in milliseconds before 2025 and in microseconds from then on', () => {
    const archive = createSyntheticArchive();
    const before = lines(archive.csv(cacheKey({ ...DAY, date: '2024-12-31' })));
    const after = lines(archive.csv(cacheKey({ ...DAY, date: '2025-01-01' })));
    expect(before).toHaveLength(1440);
    expect(before[0]).toHaveLength(12);
    expect([before[0]![0], before[0]![6]]).toEqual(['1735603200000', '1735603259999']);
    expect([after[0]![0], after[0]![6]]).toEqual(['1735689600000000', '1735689659999999']);
    expect(before.every((row) => row.slice(1, 6).every((field) => /^\d+\.\d{8}$/.test(field)))).toBe(true);
    // A day begins where the one before ended.
    expect(after[0]![1]).toBe(before[1439]![4]);
  });

  it('gives futures files a header from some day on, first with long words', () => {
    const archive = createSyntheticArchive();
    const header = (date: string) =>
      archive.csv(cacheKey({ marketType: 'um', symbol: 'BTCUSDT', interval: '1h', date })).split('\n')[0]!;
    expect(header('2021-12-31')).toMatch(/^\d/);
    expect(header('2022-05-06')).toBe(
      'open_time,open,high,low,close,volume,close_time,quote_asset_volume,number_of_trades,' +
        'taker_buy_base_asset_volume,taker_buy_quote_asset_volume,ignore',
    );
    expect(header('2025-02-01')).toBe(
      'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore',
    );
  });

  it('makes plausible bars: the low lowest, the high highest, quote volumes between them', () => {
    const archive = createSyntheticArchive();
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
      for (const [, open, high, low, close, volume, , quote, count, taker] of lines(
        archive.csv(cacheKey({ ...DAY, symbol })),
      ).map((row) => row.map(Number)) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ][]) {
        const isSane = low <= Math.min(open, close) && high >= Math.max(open, close) && taker <= volume && count > 0;
        expect([isSane, quote > volume * low * 0.999, quote < volume * high * 1.001]).toEqual([true, true, true]);
      }
    }
  });

  it.each(['spot', 'um', 'cm'] as const)('makes every interval of %s the sum of its minutes', (marketType) => {
    const archive = createSyntheticArchive({
      symbols: [{ symbol: 'BTCUSDT', marketType, listed: '2023-12-20T10:17' }],
    });
    const month = { marketType, symbol: 'BTCUSDT', start: '2023-12-01', end: '2024-02-01' };
    const fields = [
      'open',
      'high',
      'low',
      'close',
      'volume',
      'quote_volume',
      'taker_buy_quote_volume',
      'count',
    ] as const;
    const read = (interval: Interval) =>
      keysBetween({ ...month, interval }).flatMap((key) => {
        const { columns, numRows } = archive.rows(key) as {
          columns: Record<string, ArrayLike<number | bigint>>;
          numRows: number;
        };
        return Array.from({ length: numRows }, (_, row) => ({
          time: Number(columns['open_time']![row]),
          values: fields.map((field) => Number(columns[field]![row])),
        }));
      });
    const minutes = read('1m');
    expect(minutes[0]!.time / 1e6).toBe(Date.parse('2023-12-20T10:17Z') / 1000);
    for (const interval of ['1h', '12h', '1d', '3d', '1w', '1mo'] as const) {
      const bars = read(interval).filter(({ time }) => time <= minutes.at(-1)!.time);
      expect(bars.length).toBeGreaterThan(1);
      let from = 0;
      bars.slice(0, -1).forEach((bar, index) => {
        let to = from;
        while (minutes[to]!.time < bars[index + 1]!.time) to++;
        const inside = minutes.slice(from, to);
        from = to;
        const sum = (at: number) => inside.reduce((total, { values }) => total + values[at]!, 0);
        const isSum = (at: number) => Math.abs(bar.values[at]! / sum(at) - 1) < 1e-9;
        expect([...bar.values.slice(0, 4), ...[4, 5, 6].map(isSum), bar.values[7]]).toEqual([
          inside[0]!.values[0],
          Math.max(...inside.map(({ values }) => values[1]!)),
          Math.min(...inside.map(({ values }) => values[2]!)),
          inside.at(-1)!.values[3],
          ...[true, true, true],
          sum(7),
        ]);
      });
    }
  });

  it('makes seconds on request, whose sums are the minutes; some have no trade', () => {
    const archive = createSyntheticArchive();
    const seconds = lines(archive.csv(cacheKey({ ...DAY, interval: '1s' })));
    const minutes = lines(archive.csv(cacheKey(DAY)));
    expect(seconds).toHaveLength(86_400);
    expect(seconds.filter((row) => row[8] === '0').length).toBeGreaterThan(1000);
    minutes.forEach((minute, index) => {
      if (index % 6 !== 0) return;
      const inside = seconds.slice(index * 60, index * 60 + 60);
      expect(inside[0]![1]).toBe(minute[1]);
      expect(inside[59]![4]).toBe(minute[4]);
      expect(Math.max(...inside.map((row) => Number(row[2])))).toBe(Number(minute[2]));
      expect(Math.min(...inside.map((row) => Number(row[3])))).toBe(Number(minute[3]));
      for (const at of [5, 7, 9, 10]) {
        const units = (text: string) => BigInt(text.replace('.', ''));
        expect(inside.reduce((sum, row) => sum + units(row[at]!), 0n)).toBe(units(minute[at]!));
      }
      expect(inside.reduce((sum, row) => sum + Number(row[8]), 0)).toBe(Number(minute[8]));
    });
  });

  it('makes a month the days one after another', () => {
    const archive = createSyntheticArchive({ eventsPerDay: 100 });
    for (const of of [
      { marketType: 'spot', dataNature: 'klines', symbol: 'BTCUSDT', interval: '1h' },
      { marketType: 'spot', dataNature: 'aggTrades', symbol: 'ETHUSDT' },
      { marketType: 'cm', dataNature: 'trades', symbol: 'BTCUSD_PERP' },
    ] as { marketType: string; dataNature: string; symbol: string; interval?: string }[]) {
      const month = lines(archive.csv(BINANCE.cacheKey({ ...of, packagingFrequency: 'monthly', date: '2025-02' })));
      const days = keysBetween({ ...of, start: '2025-02-01', end: '2025-03-01' }).map((key) => lines(archive.csv(key)));
      const headed = of.marketType === 'spot' ? 0 : 1;
      expect(days).toHaveLength(28);
      expect(month.slice(headed)).toEqual(days.flatMap((day) => day.slice(headed)));
    }
  });

  it('has every nature of every market, with its own columns and within its day', () => {
    const markets = {
      spot: ['BTCUSDT'],
      um: ['BTCUSDT'],
      cm: ['BTCUSD_PERP'],
      option: ['BTCUSDT', 'BTCBVOLUSDT'],
    } as const;
    const archive = createSyntheticArchive({
      symbols: (['spot', 'um', 'cm', 'option'] as const).flatMap((marketType) =>
        markets[marketType].map((symbol) => ({
          marketType,
          symbol,
          listed: '2024-05-01',
          intervals: ['1d', '1mo'] as const,
        })),
      ),
      now: '2024-06-10',
      eventsPerDay: 100,
    });
    const seen = new Set<string>();
    for (const key of archive.keys()) {
      const id = `${key.marketType}/${key.dataNature}/${key.packagingFrequency}`;
      if (seen.has(id) || key.interval === '1mo') continue;
      seen.add(id);
      const dataset = BINANCE.datasetOf(key);
      const batch = archive.rows(key) as { numRows: number; columns: Record<string, ArrayLike<unknown>> };
      const times = batch.columns[dataset.timeColumn] as BigInt64Array;
      expect([id, batch.numRows > 0]).toEqual([id, true]);
      const { start, end } = rowSpanOf(dataset, key.date);
      expect(times.every((time) => time >= start && time < end)).toBe(true);
      const width = lines(archive.csv(key)).map((row) => row.length);
      expect(new Set(width).size).toBe(1);
    }
    const published = BINANCE.datasets.flatMap(({ marketType, dataNature, published: at }) =>
      (['daily', 'monthly'] as const)
        .filter((each) => at[each].length > 0)
        .map((each) => `${marketType}/${dataNature}/${each}`),
    );
    expect([...seen].sort()).toEqual(published.sort());
  });

  it('publishes what is over, some hours later; what is not listed, never', () => {
    let now = '2024-03-02T03:59:59Z';
    const archive = createSyntheticArchive({
      symbols: [{ symbol: 'NEWUSDT', listed: '2024-02-27T11:30', delisted: '2024-03-04T02:00' }],
      now: () => now,
    });
    const days = () =>
      archive
        .list({ prefix: 'data/spot/daily/klines/NEWUSDT/1h/' })
        .contents.map(({ key }) => parseVisionObjectKey(key).date);
    expect([...new Set(days())]).toEqual(['2024-02-27', '2024-02-28', '2024-02-29']);
    now = '2024-03-02T04:00:00Z';
    expect(days().at(-1)).toBe('2024-03-01');
    now = '2025-01-01';
    expect(days().at(-1)).toBe('2024-03-04');
    const rows = (date: string) => archive.rows(cacheKey({ symbol: 'NEWUSDT', interval: '1m', date })).numRows;
    expect([rows('2024-02-26'), rows('2024-02-27'), rows('2024-02-28'), rows('2024-03-04')]).toEqual([
      0, 750, 1440, 120,
    ]);
    expect(archive.object('data/spot/daily/klines/OTHERUSDT/1h/OTHERUSDT-1h-2024-03-01.zip')).toBeUndefined();
    expect(archive.object('data/nonsense')).toBeUndefined();
  });
});
