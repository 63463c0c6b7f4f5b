import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeArrowFile } from '@vision-cache/arrow-store';
import {
  BINANCE,
  type ColumnBatch,
  type Interval,
  cachePath,
  intervalMicroseconds,
  spanOf,
} from '@vision-cache/cache-keys';

/** A folder that is removed after the test. */
export function scratch(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'vision-cache-migrator-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface OldDay {
  readonly symbol?: string;
  readonly interval?: Interval;
  readonly date?: string;
  /** Ordinals of the bars that are there. @default all of the day */
  readonly bars?: readonly number[];
  /** Added to every price. */
  readonly offset?: number;
  readonly marketType?: 'spot' | 'um' | 'cm';
}

/** Bars that pass for bars: prices within their high and low, volumes that fit them. */
export function barsOf({
  symbol = 'BTCUSDT',
  interval = '1h',
  date = '2024-01-01',
  bars,
  offset = 0,
  marketType = 'spot',
}: OldDay) {
  const { start } = spanOf(date);
  const step = intervalMicroseconds(interval)!;
  const rows = bars ?? Array.from({ length: Number(86_400_000_000n / step) }, (_, row) => row);
  const column = (value: (row: number) => number) => Float64Array.from(rows, value);
  const price = (row: number) => 100 + offset + (row % 7) / 4;
  const open = rows.map((row) => start + BigInt(row) * step);
  const key = BINANCE.cacheKey<{ interval: string; symbol: string; date: string }>({
    marketType,
    symbol,
    interval,
    date,
  });
  const batch = {
    dataset: `binance/${marketType}/klines`,
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
  return { key: key as never, path: cachePath(key), batch: batch as never as ColumnBatch };
}

/** The bytes of an old file: an Arrow file that has no seal. */
export async function oldFile(day: OldDay): Promise<Buffer> {
  const { path: folder, remove } = scratch();
  try {
    const { path, batch } = barsOf(day);
    const file = join(folder, path);
    const { start, end } = {
      start: (batch.columns.open_time as BigInt64Array)[0]!,
      end: spanOf(day.date ?? '2024-01-01').end,
    };
    await writeArrowFile(
      file,
      batch,
      { source: 'test', spans: [{ start, end }], asOf: '2030-01-01' },
      { durability: 'none' },
    );
    const bytes = readFileSync(file);
    // Under another name the seal is a word of metadata like any other.
    const name = Buffer.from('vision-cache.');
    for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) bytes.write('x', at);
    return bytes;
  } finally {
    remove();
  }
}

export function put(root: string, path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), bytes);
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
  walk('');
  return lines.sort();
}
