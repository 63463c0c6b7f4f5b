import { cacheKey } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { parseCsv } from './parse-csv.ts';

const DAY = Date.UTC(2024, 0, 1);
const lines = (rows: readonly string[]): Uint8Array => new TextEncoder().encode(`${rows.join('\n')}\n`);
const tradeKey = cacheKey({ marketType: 'um', dataNature: 'aggTrades', symbol: 'BTCUSDT', date: '2024-01-01' });
const depthKey = cacheKey({ marketType: 'um', dataNature: 'bookDepth', symbol: 'BTCUSDT', date: '2024-01-01' });
const metricsKey = cacheKey({ marketType: 'um', dataNature: 'metrics', symbol: 'BTCUSDT', date: '2024-01-01' });

const trades = (count: number, quantity: (row: number) => string, isMaker: (row: number) => boolean): Uint8Array =>
  lines(
    Array.from({ length: count }, (_, row) =>
      [row + 1, '1.5', quantity(row), row + 1, row + 1, DAY + row, isMaker(row)].join(','),
    ),
  );
const snapshots = (
  count: number,
  depth: (row: number, band: number) => number,
  isThere: (row: number, band: number) => boolean = () => true,
): Uint8Array =>
  lines([
    'timestamp,percentage,depth,notional',
    ...Array.from({ length: count }, (_, row) => {
      const time = new Date(DAY + row * 30_000).toISOString().slice(0, 19).replace('T', ' ');
      const bands = [-1, -0.2, 0.2, 1].filter((_, place) => isThere(row, place));
      return bands.map((band) => `${time},${band},${depth(row, band)},7`);
    }).flat(),
  ]);

describe('odd rows, which are kept and counted', () => {
  it('are trades of quantity 0 (#342, #263)', () => {
    const { batch, quality } = parseCsv(
      trades(
        150,
        (row) => (row % 10 === 0 ? '0.000' : '1'),
        (row) => row % 2 === 0,
      ),
      tradeKey,
    );
    expect([batch.numRows, quality.zeroQuantity, quality.constantFlag]).toEqual([150, 15, undefined]);
  });

  it('are those of a file whose flag never changes (#476, #492), if they are many', () => {
    const flags = (count: number, isMaker: (row: number) => boolean): number =>
      parseCsv(
        trades(count, () => '1', isMaker),
        tradeKey,
      ).quality.constantFlag ?? 0;
    expect(flags(150, () => true)).toBe(150);
    expect(flags(150, () => false)).toBe(150);
    expect(flags(150, (row) => row < 149)).toBe(0);
    expect(flags(99, () => true)).toBe(0);
  });

  it('are bands of the book that stand still (#496)', () => {
    const frozen = (count: number, depth: (row: number, band: number) => number): number =>
      parseCsv(snapshots(count, depth), depthKey).quality.frozenBands ?? 0;
    expect(frozen(100, (row) => row + 1)).toBe(0);
    expect(frozen(100, (row, band) => (band > 0 ? 5 : row + 1))).toBe(2);
    expect(frozen(19, () => 5)).toBe(0);
  });

  it('are bands that a snapshot lacks, of all that the file has', () => {
    const lacking = (isThere: (row: number, place: number) => boolean): number =>
      parseCsv(
        snapshots(30, (row) => row + 1, isThere),
        depthKey,
      ).quality.missingBands ?? 0;
    expect(lacking(() => true)).toBe(0);
    expect(lacking((row, place) => row !== 7 || place !== 1)).toBe(1);
    // A whole snapshot that is not there is a pause and no band.
    expect(lacking((row) => row !== 7)).toBe(0);
    // From the twentieth snapshot on there is a band more, which the ones before lack.
    expect(lacking((row, place) => place !== 2 || row >= 20)).toBe(20);
  });

  it('are none of a nature that has no such column', () => {
    const row = (minute: number): string => `2024-01-01 00:${String(minute).padStart(2, '0')}:00,BTCUSDT,0,0,1,1,1,1`;
    const { quality } = parseCsv(lines(Array.from({ length: 11 }, (_, five) => row(five * 5 + 5))), metricsKey);
    expect([quality.zeroQuantity, quality.constantFlag, quality.frozenBands, quality.missingBands]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are beside the conflicts of one file: 96 repeated labels of metrics with other values (#484)', () => {
    const row = (five: number, value: number): string => {
      const time = new Date(DAY + (five + 1) * 300_000).toISOString().slice(0, 19).replace('T', ' ');
      return `${time},BTCUSDT,${value},1,1,1,1,1`;
    };
    const whole = Array.from({ length: 192 }, (_, five) => row(five, 1));
    const { batch, quality } = parseCsv(
      lines([...whole, ...whole.slice(0, 96).map((_, five) => row(five, 2))]),
      metricsKey,
    );
    expect([batch.numRows, quality.conflicts, quality.duplicates]).toEqual([192, 96, 0]);
  });
});
