import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const REAL = process.env['VISION_CACHE_REAL_DATA'];
const ZIPS = REAL === undefined ? undefined : join(REAL, 'vision-zip');
const FOLDER = ZIPS === undefined ? undefined : join(ZIPS, 'spot', 'monthly', 'klines', 'BTCUSDT', '1d');

/** The one member of a zip, read by its directory at the end and by nothing of this product. */
function member(zip: Buffer): string {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const entry = zip.readUInt32LE(end + 16);
  const local = zip.readUInt32LE(entry + 42);
  const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const data = zip.subarray(from, from + zip.readUInt32LE(entry + 20));
  return (zip.readUInt16LE(entry + 10) === 0 ? data : inflateRawSync(data)).toString('utf8');
}

const isThere = FOLDER !== undefined && existsSync(FOLDER);
if (!isThere) {
  describe('the real archives', () => {
    it.skip('are not there: set VISION_CACHE_REAL_DATA to load a real year of BTCUSDT 1d', () => {});
  });
} else {
  describe('the real archives of BTCUSDT 1d, 2024-07 to 2025-06', () => {
    let server: Server;
    let root: string;
    let baseUrl: string;
    const asked: string[] = [];

    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), 'vision-cache-real-'));
      server = createServer((request, response) => {
        const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
        asked.push(path);
        const name = path.replace(/^\/data\//, '').replace(/\.CHECKSUM$/, '');
        const file = join(ZIPS!, ...name.split('/'));
        if (name.includes('..') || !name.endsWith('.zip') || !existsSync(file)) {
          response.writeHead(404).end();
          return;
        }
        const bytes = readFileSync(file);
        const checksum = `${createHash('sha256').update(bytes).digest('hex')}  ${name.slice(name.lastIndexOf('/') + 1)}\n`;
        response.end(path.endsWith('.CHECKSUM') ? checksum : bytes);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    afterAll(async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
    });

    it('load as exactly 365 bars, equal to the numbers of the text, across the switch from ms to µs', async () => {
      const rows = readdirSync(FOLDER)
        .filter((name) => name.endsWith('.zip'))
        .sort()
        .flatMap((name) =>
          member(readFileSync(join(FOLDER, name)))
            .trim()
            .split('\n'),
        )
        .map((line) => line.split(','));
      const microseconds = (text: string): bigint => (text.length === 13 ? BigInt(text) * 1000n : BigInt(text));
      const wanted = rows.filter(([time]) => microseconds(time!) < BigInt(Date.parse('2025-07-01')) * 1000n);
      expect(wanted).toHaveLength(365);
      expect(new Set(wanted.map(([time]) => time!.length))).toEqual(new Set([13, 16]));

      const now = (): number => Date.parse('2025-08-01T00:00:00Z');
      const cache = new UnifiedCacheManager({ root, now });
      const sources = [new VisionDataClient({ baseUrl, retry: { attempts: 1 } })];
      const manager = new DataSourceManager({ cache, sources, now });
      const query = { symbol: 'BTCUSDT', interval: '1d', start: '2024-07-01', end: '2025-07-01' } as const;
      const { batch, coverage } = await manager.getKlines(query);

      expect(batch.numRows).toBe(365);
      expect(coverage).toMatchObject({ complete: true, gaps: [] });
      const names = [
        'open',
        'high',
        'low',
        'close',
        'volume',
        undefined,
        'quote_volume',
        undefined,
        'taker_buy_volume',
        'taker_buy_quote_volume',
      ] as const;
      wanted.forEach((fields, row) => {
        expect(batch.columns.open_time[row]).toBe(microseconds(fields[0]!));
        expect(batch.columns.count[row]).toBe(BigInt(fields[8]!));
        names.forEach((name, at) => {
          if (name !== undefined) expect(batch.columns[name][row]).toBe(Number(fields[at + 1]));
        });
      });
      expect(asked.filter((path) => path.endsWith('.zip'))).toHaveLength(12);

      const before = asked.length;
      const again = await new DataSourceManager({
        cache: new UnifiedCacheManager({ root, now }),
        sources,
        now,
      }).getKlines(query);
      expect(asked).toHaveLength(before);
      expect(again.batch).toEqual(batch);
    });
  });
}
