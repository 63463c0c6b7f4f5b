import {
  cacheKey,
  type ColumnBatch,
  epochMicroseconds,
  visionChecksumKey,
  visionObjectKey,
} from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createSyntheticArchive, type Irregularity, type SyntheticArchive } from '../index.ts';

const DAY = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-15' });
const MINUTES = cacheKey({ symbol: 'BTCUSDT', interval: '1m', date: '2024-01-15' });
const MONTH = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01', packagingFrequency: 'monthly' });
const date = '2024-01-15';

const withOne = (...irregularities: Irregularity[]) =>
  createSyntheticArchive({ symbols: ['BTCUSDT'], now: '2024-03-01', irregularities });
const clean = withOne();
const linesOf = (archive: SyntheticArchive, key = DAY) => archive.csv(key).trimEnd().split('\n');
const column = (batch: ColumnBatch, name: string) =>
  Array.from((batch.columns as Record<string, BigInt64Array>)[name]!);
const checksumOf = (archive: SyntheticArchive) => Buffer.from(archive.object(visionChecksumKey(DAY))!.body).toString();
const sha256Of = (archive: SyntheticArchive) =>
  createHash('sha256')
    .update(archive.object(visionObjectKey(DAY))!.body)
    .digest('hex');

describe('what happens to the market', () => {
  it('outage: no bars within it, and the bar before it closes early; the same at every interval', () => {
    const archive = withOne({ name: 'outage', start: '2024-01-15T12:39:41.646Z', end: '2024-01-15T14:00:00Z' });
    const hours = linesOf(archive).map((line) => line.split(','));
    expect(hours).toHaveLength(23);
    const noon = Date.parse('2024-01-15T12:00Z');
    expect(hours[12]!.slice(0, 7)).toMatchObject({
      0: String(noon),
      6: String(Date.parse('2024-01-15T12:39:41.646Z')),
    });
    expect(hours[13]![0]).toBe(String(noon + 7_200_000));
    expect(archive.rows(MINUTES).numRows).toBe(1440 - 80);
    const seconds = archive.rows(cacheKey({ symbol: 'BTCUSDT', interval: '1s', date }));
    expect(seconds.numRows).toBe(86_400 - (18 + 80 * 60));
    const rest = JSON.parse(
      archive.rest(
        '/api/v3/klines',
        new URLSearchParams({ symbol: 'BTCUSDT', interval: '1h', startTime: String(noon - 43_200_000), limit: '23' }),
      )!.body,
    ) as unknown[][];
    expect(rest.map((row) => row.map(String))).toEqual(hours);
    // A whole day without trade has no file.
    const day = withOne({ name: 'outage', start: '2024-01-15', end: '2024-01-16' });
    expect(day.object(visionObjectKey(DAY))).toBeUndefined();
    expect(day.rows(DAY).numRows).toBe(0);
  });

  it('off-grid and zero-length bars', () => {
    const archive = withOne(
      { name: 'off-grid', interval: '1m', start: '2024-01-15T09:00', end: '2024-01-15T09:30' },
      { name: 'zero-length-bar', interval: '1h', at: '2024-01-15T16:00' },
    );
    const opens = column(archive.rows(MINUTES), 'open_time');
    expect(opens.filter((open) => open % 60_000_000n !== 0n)).toHaveLength(30);
    expect(opens[540]).toBe(epochMicroseconds('2024-01-15T09:00:14.789Z'));
    const hours = archive.rows(DAY);
    expect(column(hours, 'close_time')[16]).toBe(column(hours, 'open_time')[16]);
    expect(column(hours, 'open_time').every((open) => open % 3_600_000_000n === 0n)).toBe(true);
  });
});

describe('what the publisher does', () => {
  it('duplicates: repeated rows, which a reader finds once', () => {
    const archive = withOne({ name: 'duplicates', date, rows: 5 });
    expect(linesOf(archive)).toHaveLength(29);
    expect(new Set(linesOf(archive)).size).toBe(24);
    expect(archive.fileRows(DAY)).toEqual(clean.rows(DAY));
    expect(linesOf(archive, MONTH)).toEqual(linesOf(clean, MONTH));
  });

  it('unsorted, foreign-rows, short-archive, empty-archive', () => {
    const unsorted = withOne({ name: 'unsorted', date });
    expect(linesOf(unsorted)).not.toEqual(linesOf(clean));
    expect(unsorted.fileRows(DAY)).toEqual(clean.rows(DAY));
    const foreign = withOne({ name: 'foreign-rows', date });
    expect(linesOf(foreign)).toHaveLength(27);
    expect(foreign.fileRows(DAY)).toEqual(clean.rows(DAY));
    const short = withOne({ name: 'short-archive', date });
    expect([short.fileRows(DAY)!.numRows, short.rows(DAY).numRows]).toEqual([18, 24]);
    expect(checksumOf(short)).toContain(sha256Of(short));
    expect(withOne({ name: 'empty-archive', date }).csv(DAY)).toBe('');
  });

  it('wrong-checksum, and the forms that a CHECKSUM can have', () => {
    const wrong = withOne({ name: 'wrong-checksum', date });
    expect(sha256Of(wrong)).toBe(sha256Of(clean));
    expect(checksumOf(wrong)).toMatch(/^[0-9a-f]{64} {2}BTCUSDT-1h-2024-01-15\.zip\n$/);
    expect(checksumOf(wrong)).not.toContain(sha256Of(wrong));
    const form = (name: 'upper-case' | 'crlf' | 'no-newline' | 'two-lines' | 'other-name' | 'garbage' | 'empty') =>
      checksumOf(withOne({ name: 'checksum-form', date, form: name })).replace(sha256Of(clean), 'SHA');
    expect(form('crlf')).toBe('SHA  BTCUSDT-1h-2024-01-15.zip\r\n');
    expect(form('no-newline')).toBe('SHA  BTCUSDT-1h-2024-01-15.zip');
    expect(form('other-name')).toBe('SHA  OTHER-BTCUSDT-1h-2024-01-15.zip\n');
    expect(form('upper-case')).toMatch(/^[0-9A-F]{64} /);
    expect(form('two-lines').split('\n')).toHaveLength(3);
    expect([form('garbage'), form('empty')]).toEqual(['not a checksum\n', '']);
    const missing = withOne({ name: 'checksum-form', date, form: 'missing' });
    expect([missing.object(visionObjectKey(DAY)) !== undefined, missing.object(visionChecksumKey(DAY))]).toEqual([
      true,
      undefined,
    ]);
    expect(missing.list({ prefix: visionObjectKey(DAY) }).contents).toHaveLength(1);
  });

  it('missing-file and late: not there, or later than others', () => {
    const missing = withOne({ name: 'missing-file', date });
    expect(missing.object(visionObjectKey(DAY))).toBeUndefined();
    expect(missing.fileRows(DAY)).toBeUndefined();
    expect(missing.rows(DAY)).toEqual(clean.rows(DAY));
    expect(missing.object(visionObjectKey(MONTH))).toBeDefined();
    let now = '2024-01-16T05:00';
    const late = createSyntheticArchive({
      symbols: ['BTCUSDT'],
      now: () => now,
      irregularities: [{ name: 'late', date, hours: 146 }],
    });
    expect(late.object(visionObjectKey(DAY))).toBeUndefined();
    now = '2024-01-22T02:00';
    expect(late.object(visionObjectKey(DAY))!.lastModified).toBe('2024-01-22T02:00:00.000Z');
  });

  it('republished: another file until then, with another ETag and date', () => {
    let now = '2024-02-01';
    const at = '2024-02-10T08:00:00Z';
    const archive = createSyntheticArchive({
      symbols: ['BTCUSDT'],
      now: () => now,
      irregularities: [{ name: 'republished', date, at }],
    });
    const before = archive.object(visionObjectKey(DAY))!;
    expect(archive.list({ prefix: visionObjectKey(DAY) }).contents[0]!.etag).toBe(before.etag);
    expect(archive.fileRows(DAY)!.numRows).toBe(24);
    expect(archive.fileRows(DAY)).not.toEqual(clean.rows(DAY));
    now = '2024-02-11';
    const after = archive.object(visionObjectKey(DAY))!;
    expect([before.lastModified, after.lastModified]).toEqual(['2024-01-16T04:00:00.000Z', '2024-02-10T08:00:00.000Z']);
    expect(after.etag).not.toBe(before.etag);
    expect(archive.fileRows(DAY)).toEqual(clean.rows(DAY));
    expect(archive.list({ prefix: visionObjectKey(DAY) }).contents[0]!.etag).toBe(after.etag);
  });

  it('monthly files that disagree with the daily ones, or lack days', () => {
    const lacks = withOne({ name: 'monthly-lacks-days', date: '2024-01', days: ['2024-01-15', '2024-01-20'] });
    expect(lacks.fileRows(MONTH)!.numRows).toBe(29 * 24);
    expect(lacks.fileRows(DAY)!.numRows).toBe(24);
    const disagrees = withOne({ name: 'monthly-disagrees', date: '2024-01', days: [date] });
    const good = linesOf(clean, MONTH);
    const other = linesOf(disagrees, MONTH).filter((line, row) => line !== good[row]);
    expect(other).toHaveLength(24);
    expect(disagrees.fileRows(DAY)).toEqual(clean.rows(DAY));
  });

  it('rest-restated: other volumes in REST alone', () => {
    const archive = withOne({ name: 'rest-restated', date });
    const ask = (of: SyntheticArchive) =>
      JSON.parse(
        of.rest(
          '/api/v3/klines',
          new URLSearchParams({
            symbol: 'BTCUSDT',
            interval: '1h',
            startTime: String(Date.parse('2024-01-14T23:00Z')),
            limit: '26',
          }),
        )!.body,
      ) as unknown[][];
    const changed = ask(archive).flatMap((row, at) =>
      row.flatMap((field, index) => (field === ask(clean)[at]![index] ? [] : [`${at}.${index}`])),
    );
    expect(changed).toEqual(Array.from({ length: 24 }, (_, row) => `${row + 1}.5`));
    expect(linesOf(archive)).toEqual(linesOf(clean));
  });

  it('meets only what its selector names', () => {
    const archive = createSyntheticArchive({
      symbols: ['BTCUSDT', 'ETHUSDT'],
      irregularities: [{ name: 'short-archive', date, symbol: 'ETHUSDT', interval: '1h', keep: 0.5 }],
    });
    const rows = (symbol: string, interval: '1h' | '4h') =>
      archive.fileRows(cacheKey({ symbol, interval, date }))!.numRows;
    expect([rows('BTCUSDT', '1h'), rows('ETHUSDT', '1h'), rows('ETHUSDT', '4h')]).toEqual([24, 12, 6]);
  });
});
