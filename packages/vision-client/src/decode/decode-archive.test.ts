import { describe, expect, it } from '@jest/globals';
import { type CacheKey, cacheKey, visionFileStem, visionObjectKey } from '@vision-cache/cache-keys';
import { decodeArchive } from './decode-archive.ts';
import { parseCsv } from './parse-csv.ts';
import { createSyntheticArchive } from '../testing/synthetic-archive.ts';
import { isVisionClientError } from '../contract/errors.ts';
import { zipOf as zipWith } from '../testing/files/zip-writer.ts';
import { unzip } from '../zip/unzip.ts';

const archive = createSyntheticArchive({ symbols: ['BTCUSDT'], now: '2024-03-01' });
const zipOf = (key: CacheKey): Uint8Array => {
  const found = archive.object(visionObjectKey(key));
  if (found === undefined) throw new Error(visionObjectKey(key));
  return found.body;
};
const nameOf = (key: CacheKey): string => `${visionFileStem(key)}.csv`;

const KEYS: readonly CacheKey[] = [
  ...['2024-01-01', '2024-01-02', '2024-01-03'].map((date) => cacheKey({ symbol: 'BTCUSDT', interval: '1m', date })),
  cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-04' }),
  cacheKey({ dataNature: 'aggTrades', symbol: 'BTCUSDT', date: '2024-01-01' }),
  cacheKey({ dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-02' }),
];

describe(decodeArchive, () => {
  it('gives what unzip and parseCsv do, also where several are decoded at once', async () => {
    const found = await Promise.all(KEYS.map((key) => decodeArchive(zipOf(key), key)));
    for (const [index, key] of KEYS.entries()) {
      const { bytes, otherMembers } = await unzip(zipOf(key), { name: nameOf(key) });
      expect(found[index]).toEqual({ ...parseCsv(bytes, key), otherMembers });
    }
  });

  it('reads a member that is not compressed', async () => {
    const [key] = KEYS as [CacheKey];
    const { bytes } = await unzip(zipOf(key), { name: nameOf(key) });
    const stored = storedZip(zipOf(key), nameOf(key), bytes);
    expect(await decodeArchive(stored, key)).toEqual({ ...parseCsv(bytes, key), otherMembers: 0 });
  });

  it('refuses damage with its code', async () => {
    const [key] = KEYS as [CacheKey];
    const flipped = zipOf(key).slice();
    flipped[flipped.length >> 1]! ^= 4;
    await expect(decodeArchive(flipped, key)).rejects.toMatchObject({ code: expect.stringMatching(/^E_ZIP_/) });
    await expect(decodeArchive(zipOf(key), key, { limitBytes: 100 })).rejects.toMatchObject({
      code: 'E_ZIP_TOO_LARGE',
    });
    await expect(decodeArchive(zipOf(KEYS[1]!), key)).rejects.toMatchObject({ code: 'E_ZIP_NAME' });
  });
});

/** Ends of files, and what may stand in the middle of one. */
const ENDS = ['', '\n', '\r\n', '\n\n\r\n\n'] as const;
const ODD = [
  '',
  '7,1.5,"0.25",1,2,1704067200000,TRUE,false\n',
  '7,1e-5,0.25,1,2,1704067200000,True,False\r\n',
] as const;
const WRONG = ['7,1.5,0.25,1,2,1704067200000,True\n', '7,x,0.25,1,2,1704067200000,True,False\n', '\n'] as const;

describe('files of many pieces', () => {
  const [key] = KEYS.slice(4) as [CacheKey];
  const row = (id: number): string =>
    `${id * 3},${40_000 + (id % 977)}.5,0.${String(id).padStart(8, '0')},1,2,${1_704_067_200_000 + id},True,False\n`;
  const rows = Array.from({ length: 9000 }, (_, id) => row(id));
  const fileOf = (odd: string, at: number, end: string): string =>
    [...rows.slice(0, at), odd, ...rows.slice(at)].join('').replace(/\n$/, end);
  const outcomeOf = async (decoded: () => unknown): Promise<unknown> => {
    try {
      return await decoded();
    } catch (error) {
      if (!isVisionClientError(error)) throw error;
      return { code: error.code, details: error.details };
    }
  };

  it.each([...ODD, ...WRONG].flatMap((odd) => ENDS.map((end) => [odd, end] as const)))(
    'are decoded alike with %j in them and %j behind them',
    async (odd, end) => {
      const text = Buffer.from(fileOf(odd, 6000, end));
      const zip = zipWith(nameOf(key), text);
      const expected = await outcomeOf(() => ({ ...parseCsv(text, key), otherMembers: 0 }));
      expect(await outcomeOf(() => decodeArchive(zip, key))).toEqual(expected);
      expect('code' in (expected as object)).toBe((WRONG as readonly string[]).includes(odd));
    },
  );

  it('are refused for their CRC-32 before their rows', async () => {
    const zip = Buffer.from(zipWith(nameOf(key), Buffer.from(fileOf(WRONG[0], 100, '\n'))));
    const directoryAt = zip.readUInt32LE(zip.length - 6);
    for (const at of [14, directoryAt + 16]) zip[at]! ^= 1;
    await expect(decodeArchive(zip, key)).rejects.toMatchObject({ code: 'E_ZIP_CRC' });
  });
});

describe(unzip, () => {
  it('gives bytes that stay when other archives are read', async () => {
    const [first, second] = KEYS as [CacheKey, CacheKey];
    const { bytes } = await unzip(zipOf(first), { name: nameOf(first) });
    const before = bytes.slice();
    await unzip(zipOf(second), { name: nameOf(second) });
    await decodeArchive(zipOf(second), second);
    expect(Buffer.from(bytes).equals(before)).toBe(true);
  });
});

/** The same archive with its member as it is. */
function storedZip(zip: Uint8Array, name: string, bytes: Uint8Array): Uint8Array {
  const old = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const dataAt = 30 + name.length;
  const directoryAt = dataAt + old.getUint32(18, true);
  const stored = Buffer.concat([zip.subarray(0, dataAt), bytes, zip.subarray(directoryAt)]);
  const moved = dataAt + bytes.length;
  stored.writeUInt16LE(0, 8);
  stored.writeUInt32LE(bytes.length, 18);
  stored.writeUInt16LE(0, moved + 10);
  stored.writeUInt32LE(bytes.length, moved + 20);
  stored.writeUInt32LE(moved, stored.length - 6);
  return stored;
}
