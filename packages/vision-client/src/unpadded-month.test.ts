import { describe, expect, it } from '@jest/globals';
import { cacheKey, parseVisionObjectKey, unpaddedObjectKey, visionObjectKey } from '@vision-cache/cache-keys';
import { createHash } from 'node:crypto';
import { zipOf } from './testing/index.ts';
import { VisionDataClient } from './vision-data-client.ts';

const FOLDER = 'data/spot/monthly/klines/ADABKRW/1d/';
const AUGUST = cacheKey({ symbol: 'ADABKRW', interval: '1d', packagingFrequency: 'monthly', date: '2020-08' });
const UNPADDED = `${FOLDER}ADABKRW-1d-2020-8.zip`;

const bars = Array.from({ length: 31 }, (_, day) => {
  const open = Date.UTC(2020, 7, 1 + day);
  return `${open},1,2,0.5,1.5,10,${open + 86_399_999},5,3,1,2,0\n`;
}).join('');

/** An archive of these objects, in the order of their names. */
function archiveOf(objects: Readonly<Record<string, Uint8Array>>) {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = new URL(input as string);
    const name = url.pathname.slice(1);
    if (name === '') {
      const contents = Object.entries(objects).map(
        ([key, { length }]) =>
          `<Contents><Key>${key}</Key><LastModified>2021-01-01T00:00:00.000Z</LastModified><ETag>"e"</ETag><Size>${length}</Size></Contents>`,
      );
      return new Response(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`);
    }
    asked.push(name);
    const body = objects[name];
    return body === undefined ? new Response('', { status: 404 }) : new Response(body as Uint8Array<ArrayBuffer>);
  };
  return { client: new VisionDataClient({ baseUrl: 'https://vision.test', fetch }), asked };
}

const zip = zipOf('ADABKRW-1d-2020-8.csv', new TextEncoder().encode(bars));
const checksum = new TextEncoder().encode(`${createHash('sha256').update(zip).digest('hex')}  ADABKRW-1d-2020-8.zip`);
const OBJECTS = {
  [UNPADDED]: zip,
  [`${UNPADDED}.CHECKSUM`]: checksum,
  [`${FOLDER}ADABKRW-1d-2020-99.zip`]: zip,
  [`${FOLDER}notes.txt`]: zip,
};

describe('an archive with an unpadded month (#469)', () => {
  it('has the key of its month, and its own name', () => {
    expect(parseVisionObjectKey(UNPADDED)).toEqual(AUGUST);
    expect(unpaddedObjectKey(AUGUST)).toBe(UNPADDED);
    expect(visionObjectKey(AUGUST)).toBe(`${FOLDER}ADABKRW-1d-2020-08.zip`);
    expect(unpaddedObjectKey(cacheKey({ ...AUGUST, date: '2020-10' }))).toBeUndefined();
    expect(() => parseVisionObjectKey(`${FOLDER}ADABKRW-1d-2020-0.zip`)).toThrow();
    expect(() => parseVisionObjectKey(`${FOLDER}ADABKRW-1d-2020-010.zip`)).toThrow();
  });

  it('is listed, beside what has no name, which is told', async () => {
    const { client } = archiveOf(OBJECTS);
    const { first, files, unnamed } = await client.availability({
      symbol: 'ADABKRW',
      interval: '1d',
      packagingFrequency: 'monthly',
    });
    expect([first, files.length]).toEqual(['2020-08', 1]);
    const others = [`${FOLDER}ADABKRW-1d-2020-99.zip`, `${FOLDER}notes.txt`];
    expect(unnamed).toEqual(others);
    const told: string[] = [];
    const dates: string[] = [];
    for await (const { key } of client.list(AUGUST, { onUnnamed: (name) => told.push(name) })) dates.push(key.date);
    expect([dates, told]).toEqual([['2020-08'], others]);
  });

  it('is read: its rows, its CHECKSUM, its member', async () => {
    const { client, asked } = archiveOf(OBJECTS);
    const answer = await client.fetch(AUGUST);
    if (answer.status !== 'ok') throw new Error('missing');
    expect([answer.batch.numRows, answer.quality.missingRows, answer.facts.sourceUrl]).toEqual([
      31,
      0,
      `https://vision.test/${UNPADDED}`,
    ]);
    expect(asked).toEqual([visionObjectKey(AUGUST), UNPADDED, `${UNPADDED}.CHECKSUM`]);
    const parts = await client.fetchParts(AUGUST);
    if (parts.status !== 'ok') throw new Error('missing');
    let rows = 0;
    for await (const { batch } of parts.parts) rows += batch.numRows;
    expect(rows).toBe(31);
  });

  it('costs no further request for a month of another year', async () => {
    const { client, asked } = archiveOf({});
    expect((await client.fetch(cacheKey({ ...AUGUST, date: '2021-08' }))).status).toBe('missing');
    expect(asked).toHaveLength(1);
  });
});
