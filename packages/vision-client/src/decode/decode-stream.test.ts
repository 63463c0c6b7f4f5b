import { describe, expect, it, jest } from '@jest/globals';
import { type CacheKey, cacheKey, type ColumnBatch } from '@vision-cache/cache-keys';
import { decodeStream } from './decode-stream.ts';
import { isVisionClientError } from '../contract/errors.ts';
import { parseCsv } from './parse-csv.ts';
import { randomOf } from '../contract/random.fixture.ts';
import { zipOf } from '../testing/index.ts';
import { unzipStream } from '../zip/unzip-stream.ts';
import { CONTENT, GOOD_ZIPS, HOSTILE_ZIPS, MEMBER, zipWith } from '../zip/hostile-zips.fixture.ts';

const DAY = cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-01' });
const OPEN = 1_704_067_200_000;
const bar = (minute: number, close = '1.5'): string =>
  `${OPEN + minute * 60_000},1,2,0.5,${close},${minute}.25,${OPEN + minute * 60_000 + 59_999},5,3,1,2,0\n`;
const dayOf = (minutes: Iterable<number>): string => Array.from(minutes, (minute) => bar(minute)).join('');
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const zip = (text: string, key: CacheKey = DAY): Uint8Array =>
  zipOf(`${key.symbol}-${key.interval ?? key.dataNature}-${key.date}.csv`, bytesOf(text));

/** Not compressed, so that the parts of the archive are those of the file. */
const stored = (text: string): Uint8Array => {
  const name = `${DAY.symbol}-1m-${DAY.date}.csv`;
  return zipWith({ name, localName: name, content: bytesOf(text), method: 0 });
};
const HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';

async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};
const united = (batches: readonly ColumnBatch[]) => {
  const columns: Record<string, unknown[]> = {};
  for (const batch of batches)
    for (const [name, column] of Object.entries(batch.columns))
      (columns[name] ??= []).push(...(column as Iterable<unknown>));
  return columns;
};
const codeOf = async (wait: Promise<unknown>): Promise<string> => {
  const error: unknown = await wait.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isVisionClientError(error) ? error.code : `no VisionClientError: ${String(error)}`;
};

describe(decodeStream.name, () => {
  const text = dayOf(Array(1440).keys());
  const whole = parseCsv(bytesOf(text), DAY);

  it.each([1, 100, 1439, 1440, 1441, 65_536])('gives the rows of a file in batches of %d', async (batchRows) => {
    const parts = await all(decodeStream(zip(text), DAY, { batchRows }));
    expect(parts.map(({ batch }) => batch.numRows)).toEqual(
      Array.from({ length: Math.ceil(1440 / batchRows) }, (_, part) => Math.min(batchRows, 1440 - part * batchRows)),
    );
    expect(united(parts.map(({ batch }) => batch))).toEqual(united([whole.batch]));
    expect(parts.every(({ quality }) => quality.missingRows === 0 && !quality.endsEarly)).toBe(true);
  });

  it.each([7, 1000, 65_536])('reads an archive that comes in parts of %d bytes', async (size) => {
    const parts = await all(decodeStream(inParts(zip(text), size), DAY, { batchRows: 500 }));
    expect(united(parts.map(({ batch }) => batch))).toEqual(united([whole.batch]));
  });

  it('reads below a header, and without a last line feed', async () => {
    const parts = await all(decodeStream(zip(`${HEADER}\n` + text.slice(0, -1)), DAY, { batchRows: 1000 }));
    expect(united(parts.map(({ batch }) => batch))).toEqual(united([whole.batch]));
  });

  it.each(['\n\n', '\n\r\n', '\r\n\r\n\r\n'])('takes blank lines at the end, %j, and none before', async (end) => {
    for (const size of [1, 7, 65_536]) {
      for (const batchRows of [720, 16_384]) {
        const parts = await all(decodeStream(inParts(zip(text.trimEnd() + end), size), DAY, { batchRows }));
        expect(united(parts.map(({ batch }) => batch))).toEqual(united([whole.batch]));
      }
    }
    const inside = zip(dayOf([0, 1]).trimEnd() + end + bar(2));
    expect(await codeOf(all(decodeStream(inParts(inside, 7), DAY)))).toBe('E_CSV_FIELDS');
  });

  it('tells each gap once, also between batches and at the end', async () => {
    const minutes = Array.from(Array(1440).keys()).filter(
      (minute) => minute >= 3 && (minute < 500 || minute >= 510) && minute < 1200,
    );
    const gaps = (batches: readonly { quality: { missing: readonly unknown[] } }[]) =>
      batches.flatMap(({ quality }) => quality.missing);
    const expected = parseCsv(bytesOf(dayOf(minutes)), DAY);
    for (const batchRows of [497, 100, 1440]) {
      const parts = await all(decodeStream(zip(dayOf(minutes)), DAY, { batchRows }));
      expect(gaps(parts)).toEqual(gaps([expected]));
      expect(parts.map(({ quality }) => quality.endsEarly)).toEqual(parts.map((_, part) => part === parts.length - 1));
    }
  });

  it('removes repeats of the batch before', async () => {
    const repeated = dayOf([
      ...Array(100).keys(),
      ...Array.from(Array(40), (_, minute) => minute + 60),
      ...Array.from(Array(50), (_, minute) => minute + 100),
    ]);
    const parts = await all(decodeStream(zip(repeated), DAY, { batchRows: 100 }));
    expect(united(parts.map(({ batch }) => batch))['open_time']).toHaveLength(150);
    expect(parts.reduce((sum, { quality }) => sum + quality.duplicates, 0)).toBe(40);
  });

  it('counts a row that stands too late, also at the beginning of a batch far behind its place', async () => {
    const late = dayOf([...Array.from({ length: 1439 }, (_, minute) => minute + 1), 0]);
    const parts = await all(decodeStream(zip(late), DAY, { batchRows: 100 }));
    expect(parts.map(({ quality }) => quality.unsorted)).toEqual([...Array<number>(14).fill(0), 1]);
  });

  it('gives line numbers that count from the beginning of the file', async () => {
    const broken = `${dayOf(Array(700).keys())}x\n`;
    const wait = all(decodeStream(zip(broken), DAY, { batchRows: 100 }));
    await expect(wait).rejects.toMatchObject({ code: 'E_CSV_FIELDS', details: { line: 701 } });
  });

  it.each([
    ['line endings with a carriage return too many', text.slice(0, 20_000).replaceAll('\n', '\r\r\n')],
    ['such a line ending at the end alone', `${bar(0)}${bar(1).trimEnd()}\r\r\n`],
    ['blank lines alone', '\n\r\n'],
    ['a header alone', `${HEADER}\r\n`],
    ['a header and a line that is cut', `${HEADER}\n1704067200000,1,2`],
    ['no row of the day', bar(-2) + bar(-1) + bar(1440)],
    ['a field that is no number', text.slice(0, 5000).replace(',1.5,', ',1.5x,')],
  ])('finds in %s what parseCsv does, wherever its parts end', async (_, content) => {
    const outcome = async (decoded: () => Promise<readonly ColumnBatch[]>): Promise<unknown> =>
      decoded().then(united, (error: unknown) => {
        if (!isVisionClientError(error)) throw error;
        return { code: error.code, message: error.message, details: error.details };
      });
    const expected = await outcome(async () => [parseCsv(bytesOf(content), DAY).batch]);
    for (const size of [1, 2, 7, 65_536]) {
      for (const batchRows of [1, 16_384]) {
        const parts = decodeStream(inParts(stored(content), size), DAY, { batchRows });
        expect(await outcome(async () => (await all(parts)).map(({ batch }) => batch))).toEqual(expected);
      }
    }
  });

  it('takes a file whose first rows or last rows are of another day', async () => {
    const content = bar(-3) + bar(-2) + bar(-1) + dayOf([0, 1, 2, 3]) + bar(1440) + bar(1441);
    const expected = parseCsv(bytesOf(content), DAY);
    const parts = await all(decodeStream(zip(content), DAY, { batchRows: 3 }));
    expect(united(parts.map(({ batch }) => batch))).toEqual(united([expected.batch]));
    expect(parts.map(({ quality }) => quality.otherDay)).toEqual([3, 0, 2]);
    expect(parts.map(({ quality }) => quality.endsEarly)).toEqual([false, false, true]);
    expect(parts.reduce((sum, { quality }) => sum + quality.missingRows, 0)).toBe(expected.quality.missingRows);
  });

  it('tells of a month whose last week ends in the next, wherever a batch ends', async () => {
    const key = cacheKey({ symbol: 'BTCUSDT', interval: '1w', packagingFrequency: 'monthly', date: '2024-01' });
    const week = (day: number) => bar((day - 1) * 1440);
    const content = week(1) + week(8) + week(29) + week(22);
    const parts = await all(decodeStream(zip(content, key), key, { batchRows: 3 }));
    expect(parts.map(({ quality }) => quality.unsorted)).toEqual([0, 1]);
    expect(parts.map(({ quality }) => quality.expectedRows)).toEqual([5, 0]);
  });

  it('gives each batch memory of its own', async () => {
    const parts = decodeStream(inParts(zip(text), 1000), DAY, { batchRows: 100 });
    const batches: ColumnBatch[] = [];
    const copies: unknown[] = [];
    for await (const { batch } of parts) {
      batches.push(batch);
      copies.push(united([batch]));
    }
    expect(batches.map((batch) => united([batch]))).toEqual(copies);
  });

  it('has no row that is not proved in its last batch', async () => {
    const archive = zip(text);
    const seen: number[] = [];
    const cut = (async () => {
      for await (const { batch } of decodeStream(inParts(archive.subarray(0, -30), 512), DAY, { batchRows: 1000 }))
        seen.push(batch.numRows);
    })();
    expect(await codeOf(cut)).toMatch(/^E_ZIP_/);
    expect(seen).toEqual([1000]);
  });

  it('refuses a file without rows, a line without an end, and stops when its caller does', async () => {
    expect(await codeOf(all(decodeStream(zip(''), DAY)))).toBe('E_CSV_EMPTY');
    expect(await codeOf(all(decodeStream(zip('1'.repeat(1_000_000)), DAY)))).toBe('E_CSV_LINE');
    expect(await codeOf(all(decodeStream(zip(bar(0) + '1'.repeat(1_000_000)), DAY)))).toBe('E_CSV_LINE');
    expect(await codeOf(all(decodeStream(zip(text), DAY, { signal: AbortSignal.abort() })))).toBe('E_ABORTED');
  });
});

describe(unzipStream.name, () => {
  const joinedParts = async (archive: Uint8Array | AsyncIterable<Uint8Array>) =>
    Buffer.concat(await all(unzipStream(archive, { name: MEMBER })));

  it.each(Object.entries(GOOD_ZIPS))('reads an archive %s', async (_, archive) => {
    expect((await joinedParts(archive)).equals(CONTENT)).toBe(true);
    for (const size of [1, 40, 4096]) expect((await joinedParts(inParts(archive, size))).equals(CONTENT)).toBe(true);
  });

  it.each(HOSTILE_ZIPS)('refuses %s', async (_, archive) => {
    expect(await codeOf(joinedParts(archive))).toMatch(/^E_ZIP_/);
    expect(await codeOf(joinedParts(inParts(archive, 100)))).toMatch(/^E_ZIP_/);
  });

  it('does not hold an archive whose sizes are of 64 bits, as a member of more than 2 GiB has them', async () => {
    const content = bytesOf('0123456789\n'.repeat(20_000));
    const archive = zipWith({ zip64: 'full', content, method: 0 });
    let taken = 0;
    const source = (async function* () {
      for await (const part of inParts(archive, 1000)) {
        taken += part.length;
        yield part;
      }
    })();
    let given = 0;
    for await (const part of unzipStream(source, { name: MEMBER })) {
      if (given === 0) expect(taken).toBeLessThan(10_000);
      given += part.length;
    }
    expect(given).toBe(content.length);
  });

  it('copies no part of an archive again and again, also where it has to collect them', async () => {
    const random = randomOf(1);
    const content = Uint8Array.from({ length: 200_000 }, () => random() * 256);
    const archive = zipOf(MEMBER, content);
    const set = jest.spyOn(Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array, 'set');
    let copied: number;
    try {
      await all(unzipStream(inParts(archive, 100), { name: MEMBER, mode: 'lenient' }));
      copied = set.mock.calls.reduce((sum, [bytes]) => sum + bytes.length, 0);
    } finally {
      set.mockRestore();
    }
    expect(copied).toBeGreaterThan(archive.length);
    expect(copied).toBeLessThan(10 * archive.length);
  });

  it('ends its source when its reader stops', async () => {
    let ended = false;
    const source = (async function* () {
      try {
        yield* inParts(GOOD_ZIPS['deflated']!, 100);
      } finally {
        ended = true;
      }
    })();
    for await (const part of unzipStream(source, { name: MEMBER })) if (part.length > 0) break;
    expect(ended).toBe(true);
  });
});
