import { describe, expect, it } from '@jest/globals';
import { type CacheKey, cacheKey, type ColumnBatch, epochMicroseconds } from '@vision-cache/cache-keys';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { isVisionClientError, parseChecksumFile, parseCsv, parseListing, unzip, VisionDataClient } from './index.ts';

const REAL = process.env['VISION_CACHE_REAL_DATA'];
const claim = REAL === undefined ? it.skip : it;
const real = (path: string): string => join(REAL!, path);
const filesBelow = (path: string): string[] =>
  readdirSync(real(path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** The rows of a text, read in the plainest way: the other reading that decoded columns are compared with. */
function plainRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.trimEnd().split(','));
}

function expectKlines(batch: ColumnBatch, rows: string[][], bar?: bigint): void {
  const microseconds = (time: string): bigint => BigInt(time) * (time.length === 13 ? 1000n : 1n);
  expect(batch.numRows).toBe(rows.length);
  const numbers = {
    open: 1,
    high: 2,
    low: 3,
    close: 4,
    volume: 5,
    quote_volume: 7,
    taker_buy_volume: 9,
    taker_buy_quote_volume: 10,
  };
  rows.forEach((row, index) => {
    for (const [name, field] of Object.entries(numbers)) {
      if (!Object.is(batch.columns[name]![index], Number(row[field]))) throw new Error(`${name} of ${row.join()}`);
    }
    const open = microseconds(row[0]!);
    const publishedClose = microseconds(row[6]!);
    const close =
      row[6]!.length === 13 && bar !== undefined && publishedClose === open + bar - 1000n
        ? open + bar - 1n
        : publishedClose;
    const whole = [
      batch.columns['open_time']![index],
      batch.columns['close_time']![index],
      batch.columns['count']![index],
    ];
    expect(whole).toEqual([open, close, BigInt(row[8]!)]);
  });
}

const keyOf = (file: string, marketType: string, packagingFrequency: string): CacheKey => {
  const [, symbol, interval, date] = /^([A-Z]+)-(\w+)-([\d-]+)\./.exec(basename(file))!;
  return cacheKey({ marketType, packagingFrequency, symbol: symbol!, interval, date: date! } as never);
};
const BAR: Record<string, bigint> = { '1m': 60_000_000n, '1h': 3_600_000_000n, '1d': 86_400_000_000n };

describe('real files of the archive', () => {
  if (REAL === undefined) console.warn('VISION_CACHE_REAL_DATA is not set: the tests on real files are skipped');

  claim('every zip is read, and its numbers are those of its text', async () => {
    const zips = filesBelow('vision-zip');
    expect(zips.length).toBeGreaterThanOrEqual(13);
    for (const file of zips) {
      const archive = readFileSync(file);
      const key = keyOf(
        file,
        file.includes('/spot/') ? 'spot' : 'um',
        file.includes('/monthly/') ? 'monthly' : 'daily',
      );
      const { bytes } = await unzip(archive, { name: basename(file).replace('.zip', '.csv') });
      // The other reading: the first member by its local header alone.
      const start = 30 + archive.readUInt16LE(26) + archive.readUInt16LE(28);
      const text = inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(18))).toString();
      expectKlines(parseCsv(bytes, key).batch, plainRows(text), BAR[key.interval!]);
    }
  });

  claim('every CSV file is read, and its numbers are those of its text', () => {
    for (const file of filesBelow('vision-csv/futures-um')) {
      const key = keyOf(file, 'um', file.includes('/monthly/') ? 'monthly' : 'daily');
      const { batch, quality } = parseCsv(readFileSync(file), key);
      expect(quality.hasHeader).toBe(true);
      expectKlines(batch, plainRows(readFileSync(file, 'utf8')), BAR[key.interval!]);
    }
  });

  claim('every excerpt of klines is read, and its numbers are those of its text', () => {
    const excerpts = filesBelow('vision-csv/excerpts').filter((file) => /-1[mh]-/.test(file));
    for (const file of excerpts) {
      const [, market, symbol, interval] = /(spot|um)-([A-Z]+)-(1[mh])-/.exec(basename(file))!;
      const text = readFileSync(file, 'utf8');
      // Beginnings of files may break off within a line.
      const lines = text.split('\n').filter((line) => line.split(',').length === 12);
      const rows = plainRows(lines.join('\n'));
      const date = new Date(Number(rows[0]![0])).toISOString().slice(0, 10);
      const key = cacheKey({ marketType: market, symbol: symbol!, interval, date } as never);
      expectKlines(parseCsv(new TextEncoder().encode(`${lines.join('\n')}\n`), key).batch, rows, BAR[interval!]);
    }
    expect(excerpts.length).toBeGreaterThanOrEqual(4);
  });

  claim('spot aggTrades are read', () => {
    const bytes = readFileSync(real('vision-csv/excerpts/spot-FXSUSDT-aggTrades-2023-10-29.head5.csv'));
    const { batch } = parseCsv(bytes, cacheKey({ dataNature: 'aggTrades', symbol: 'FXSUSDT', date: '2023-10-29' }));
    const rows = plainRows(bytes.toString());
    expect(Array.from(batch.columns.price)).toEqual(rows.map((row) => Number(row[1])));
    expect(Array.from(batch.columns.agg_trade_id)).toEqual(rows.map((row) => BigInt(row[0]!)));
    expect(Array.from(batch.columns.is_buyer_maker)).toEqual(rows.map((row) => Number(row[6] === 'True')));
    expect(Array.from(batch.columns.transact_time)).toEqual(rows.map((row) => BigInt(row[5]!) * 1000n));
  });

  claim('a zip with a member too many is refused, and read when it is told to be', async () => {
    const archive = readFileSync(real('irregular/BTCUSDT-1d-2021-01.extra-member.zip'));
    const name = 'BTCUSDT-1d-2021-01.csv';
    await expect(unzip(archive, { name })).rejects.toMatchObject({ code: 'E_ZIP_ENTRIES' });
    const { bytes, otherMembers } = await unzip(archive, { name, mode: 'lenient' });
    expect(otherMembers).toBe(1);
    const key = cacheKey({ packagingFrequency: 'monthly', symbol: 'BTCUSDT', interval: '1d', date: '2021-01' });
    expect(parseCsv(bytes, key).quality).toMatchObject({ rows: 31, missingRows: 0, ohlcViolations: 0 });
  });

  claim('every zip that is cut, or of which a byte is changed, is refused', async () => {
    for (const file of filesBelow('vision-zip').slice(0, 4)) {
      const archive = readFileSync(file);
      const name = basename(file).replace('.zip', '.csv');
      const whole = (await unzip(archive, { name })).bytes;
      for (let part = 1; part < 40; part++) {
        const at = Math.floor((archive.length * part) / 40);
        await expect(unzip(archive.subarray(0, at), { name })).rejects.toMatchObject({
          code: expect.stringMatching(/^E_ZIP_/),
        });
        const changed = Buffer.from(archive);
        changed[at]! ^= 0x10;
        const read = await unzip(changed, { name }).catch((error: unknown) => error);
        // A changed time stamp or comment of the zip changes nothing of what is in it.
        if (!isVisionClientError(read))
          expect(Buffer.from((read as { bytes: Uint8Array }).bytes).equals(whole)).toBe(true);
      }
    }
  });

  claim('CHECKSUM files are read', () => {
    for (const file of filesBelow('checksum')) {
      const name = basename(file).replace('.CHECKSUM', '');
      expect(parseChecksumFile(readFileSync(file), name)).toEqual({
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        file: name,
      });
    }
  });

  claim('a listing is read, the MD5 of a CHECKSUM file is its ETag, and HTML is none', () => {
    const page = parseListing(
      readFileSync(real('s3-listing/vision_listing_um_monthly_klines_XAUUSDT_1d.xml'), 'utf8'),
    )!;
    const text = readFileSync(real('s3-listing/vision_listing_um_monthly_klines_XAUUSDT_1d.xml'), 'utf8');
    expect(page.objects.map(({ objectKey }) => objectKey)).toEqual(
      [...text.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key),
    );
    expect(page.objects.map(({ size }) => size)).toEqual(
      [...text.matchAll(/<Size>(\d+)<\/Size>/g)].map(([, size]) => Number(size)),
    );
    expect(page.nextMarker).toBeUndefined();
    const checksum = readFileSync(real('checksum/XAUUSDT-1d-2025-12.zip.CHECKSUM'));
    const listed = page.objects.find(({ objectKey }) => objectKey.endsWith('XAUUSDT-1d-2025-12.zip.CHECKSUM'))!;
    expect(createHash('md5').update(checksum).digest('hex')).toBe(listed.etag);
    expect(parseListing(readFileSync(real('irregular/listing-was-html.html'), 'utf8'))).toBeUndefined();
  });

  claim('VisionDataClient reads the real archive across the change of unit: 365 bars of a day', async () => {
    const bodies = new Map<string, Buffer>();
    for (const file of filesBelow('vision-zip/spot/monthly')) {
      const name = `/data/spot/monthly/klines/BTCUSDT/1d/${basename(file)}`;
      bodies.set(name, readFileSync(file));
      const sha256 = createHash('sha256').update(bodies.get(name)!).digest('hex');
      bodies.set(`${name}.CHECKSUM`, Buffer.from(`${sha256}  ${basename(file)}\n`));
    }
    const client = new VisionDataClient({
      fetch: async (input) => {
        const body = bodies.get(new URL(input as string).pathname);
        return body === undefined ? new Response('', { status: 404 }) : new Response(new Uint8Array(body));
      },
    });
    const times: bigint[] = [];
    for (let month = 7; month < 19; month++) {
      const date = new Date(Date.UTC(2024, month - 1)).toISOString().slice(0, 7);
      const answer = await client.fetch(
        cacheKey({ packagingFrequency: 'monthly', symbol: 'BTCUSDT', interval: '1d', date }),
      );
      if (answer.status !== 'ok') throw new Error(answer.evidence);
      expect(answer.quality).toMatchObject({
        missingRows: 0,
        timeUnit: month < 13 ? 'ms' : 'us',
        integrity: { checksum: 'verified' },
      });
      times.push(...answer.batch.columns.open_time);
    }
    expect(times).toEqual(
      Array.from({ length: 365 }, (_, day) => epochMicroseconds('2024-07-01') + BigInt(day) * 86_400_000_000n),
    );
  });
});
