import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type ColumnBatch,
  type Interval,
  cachePath,
  cacheKeyOf,
  intervalMicroseconds,
  spanOf,
} from './kernel.fixture.ts';
import { writeArrowFile } from '@vision-cache/arrow-store';

export const REAL = process.env['VISION_CACHE_REAL_DATA'] ?? '';
export const hasReal = REAL !== '' && existsSync(join(REAL, 'legacy-variants/manifest.json'));
if (!hasReal) console.warn('SKIPPED: the real old caches; VISION_CACHE_REAL_DATA is not set.');

export function scratch(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(process.env['VISION_CACHE_TEST_TMP'] ?? tmpdir(), 'vision-cache-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function put(root: string, path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), bytes);
}

/** A copy that may be written to, whatever the source allows. */
export function copyTree(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  const open = (path: string): void => {
    chmodSync(path, 0o755);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) open(join(path, entry.name));
      else if (entry.isFile()) chmodSync(join(path, entry.name), 0o644);
    }
  };
  open(to);
}

/** Every folder and file below a root with the checksum of its bytes, but for what `except` matches. */
export function treeOf(root: string, except: RegExp = /^$/): string[] {
  const lines: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (except.test(path)) continue;
      if (entry.isDirectory()) {
        lines.push(`${path}/`);
        walk(path);
      } else if (entry.isFile()) {
        lines.push(
          `${path} ${createHash('sha256')
            .update(readFileSync(join(root, path)))
            .digest('hex')}`,
        );
      } else lines.push(`${path} @`);
    }
  };
  if (existsSync(root)) walk('');
  return lines.sort();
}

/** Bars that pass for bars: prices within their high and low, volumes that fit them. */
export function barsOf(symbol: string, interval: Interval, date: string, bars?: readonly number[], offset = 0) {
  const { start } = spanOf(date);
  const step = intervalMicroseconds(interval)!;
  const rows = bars ?? Array.from({ length: Number(86_400_000_000n / step) }, (_, row) => row);
  const column = (value: (row: number) => number) => Float64Array.from(rows, value);
  const price = (row: number) => 100 + offset + (row % 7) / 4;
  const open = rows.map((row) => start + BigInt(row) * step);
  const key = cacheKeyOf(symbol, interval, date);
  const batch = {
    dataset: 'binance/spot/klines' as const,
    numRows: rows.length,
    columns: {
      open_time: BigInt64Array.from(open),
      open: column(price),
      high: column((row) => price(row) + 1),
      low: column((row) => price(row) - 1),
      close: column(price),
      volume: column((row) => 10 + row),
      close_time: BigInt64Array.from(open, (time) => time + step - 1n),
      quote_volume: column((row) => (10 + row) * price(row)),
      count: BigInt64Array.from(rows, (row) => BigInt(row + 1)),
      taker_buy_volume: column((row) => (10 + row) / 2),
      taker_buy_quote_volume: column((row) => ((10 + row) * price(row)) / 2),
    },
  };
  return { key, path: cachePath(key), batch: batch as never as ColumnBatch };
}

/** The bytes of an old file: an Arrow file that has no seal. */
export async function oldFile(...day: Parameters<typeof barsOf>): Promise<Buffer> {
  const { path: folder, remove } = scratch();
  try {
    const { path, batch } = barsOf(...day);
    const times = batch.columns['open_time'] as BigInt64Array;
    const spans = [{ start: times[0]!, end: spanOf(day[2]).end }];
    await writeArrowFile(
      join(folder, path),
      batch,
      { source: 'test', spans, asOf: '2030-01-01' },
      { durability: 'none' },
    );
    const bytes = readFileSync(join(folder, path));
    // Under another name the seal is a word of metadata like any other.
    const name = Buffer.from('vision-cache.');
    for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) bytes.write('x', at);
    return bytes;
  } finally {
    remove();
  }
}

/** The same file with the open times of another day: much quicker than making one. */
export function ofAnotherDay(bytes: Buffer, interval: Interval, from: string, to: string): Buffer {
  const [first, other] = [spanOf(from).start, spanOf(to).start];
  const step = intervalMicroseconds(interval)!;
  const copy = Buffer.from(bytes);
  const needle = Buffer.alloc(8);
  for (let row = 0n; row * step < 86_400_000_000n; row++) {
    needle.writeBigInt64LE(first + row * step);
    const at = copy.indexOf(needle);
    if (at !== -1) copy.writeBigInt64LE(other + row * step, at);
  }
  return copy;
}
