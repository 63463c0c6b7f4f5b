import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATASETS, intervalMicroseconds } from '@vision-cache/cache-keys';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { barsOf, put, scratch } from './__fixtures__/old-cache.fixture.ts';
import { pathFacts } from './old-cache/assess.ts';
import { FolderMemo } from './old-cache/folder-memo.ts';
import { parseTemplate } from './old-cache/layout-template.ts';
import { type Evidence, readIndex } from './old-cache/old-index.ts';
import { ALL_FATES, FATES, groupOf } from './contract/outcome.ts';
import { openPlan } from './plan/open-plan.ts';
import { PlanWriter } from './plan/plan-writer.ts';
import { cutUnfinished } from './old-cache/read-source.ts';
import { splitRows, unbrokenSpans } from './old-cache/split-rows.ts';

let base: ReturnType<typeof scratch>;
beforeEach(() => {
  base = scratch();
});
afterEach(() => base.remove());

describe(parseTemplate, () => {
  it('reads what it names, and nothing else', () => {
    const read = parseTemplate('{market}/{symbol}/{interval}/{symbol}-{date}.feather');
    expect(read('futures_um/btcusdt/1M/btcusdt-2024-01-01.feather')).toEqual({
      marketType: 'um',
      symbol: 'BTCUSDT',
      intervals: ['1mo'],
      date: '2024-01-01',
    });
    expect(read('um/BTCUSDT/1h/ETHUSDT-2024-01-01.feather')).toBeUndefined();
    expect(read('um/BTCUSDT/7h/BTCUSDT-2024-01-01.feather')).toBeUndefined();
    expect(read('um/BTCUSDT/1h/BTCUSDT-2024-02-30.feather')).toBeUndefined();
    expect(read('um/BTCUSDT/1h/BTCUSDTx2024-01-01xfeather')).toBeUndefined();
  });

  it.each(['{symbol', '{sybmol}/{date}', '{date}.arrow'])('refuses %s', (template) => {
    expect(() => parseTemplate(template)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});

describe(FolderMemo, () => {
  const paths = [
    'BTCUSDT/1h/2024-01-01.arrow', 'BTCUSDT/1h/2024-01-02.arrow', 'BTCUSDT/1h/20240103.arrow', 'BTCUSDT/1h/2024-02-30.arrow',
    'BTCUSDT/1h/2024-01-04.arrow', 'BTCUSDT/1m/2024-01-04.arrow', 'data/BTCUSDT/1h/202401.arrow', 'data/BTCUSDT/1h/202402.arrow',
    'data/BTCUSDT/1h/202413.arrow', 'data/spot/daily/klines/A/1h/A-1h-2024-01-01.arrow', 'data/spot/daily/klines/A/1h/A-1h-2024-01-02.arrow',
    'data/spot/daily/klines/A/1h/B-1h-2024-01-02.arrow', 'binance/klines/spot/btc/usdt/1h/20240101.arrow', 'binance/klines/spot/btc/usdt/1h/20240102.arrow',
    'binance/klines/usdt/btcusdt/USDT-btcusdt-1H--.arrow', 'notes.arrow', 'S2024-01-01/1h/2024-01-01.arrow', 'S2024-01-01/1h/2024-01-02.arrow',
  ]; // prettier-ignore

  it('says of every path what taking it apart says', () => {
    const memo = new FolderMemo((path) => pathFacts(path));
    for (const path of [...paths, ...paths]) {
      const { facts, date } = memo.read(path);
      const want = pathFacts(path);
      expect([path, date, facts.known && { ...facts, date }]).toEqual([
        path,
        want.known ? want.date : undefined,
        want.known && want,
      ]);
    }
  });
});

describe(readIndex, () => {
  it('finds files by the end of a path of another machine, and takes no path out of the root', () => {
    put(base.path, 'data/BTCUSDT/1h/202401.arrow', 'x');
    const entries = {
      BTCUSDT_1h_202401: {
        path: '/home/a/cache/data/BTCUSDT/1h/202401.arrow',
        checksum: 'AB'.repeat(32),
        record_count: 24,
      },
      ETHUSDT_1h_202401: { file_path: 'data/ETHUSDT/1h/202401.arrow', checksum: 'cd'.repeat(32) },
      EVIL_1h_202401: { file_path: '../../etc/passwd', checksum: 'ef'.repeat(32) },
      odd: 7,
    };
    put(base.path, 'cache_index.json', JSON.stringify(entries));
    const found = new Map<string, Evidence>();
    expect(readIndex(base.path, 'cache_index.json', found)).toEqual({
      path: 'cache_index.json',
      entries: 3,
      present: 1,
      checksums: 1,
    });
    expect([...found]).toEqual([['data/BTCUSDT/1h/202401.arrow', { sha256: 'ab'.repeat(32), rows: 24 }]]);
    // A checksum of a file that is gone is none of a file whose path is the end of its.
    const longer = {
      path: '/home/a/cache/data/binance/spot/klines/daily/XRPUSDT/1h/202401.arrow',
      checksum: 'ab'.repeat(32),
    };
    put(base.path, 'XRPUSDT/1h/202401.arrow', 'x');
    put(base.path, 'cache_index.json', `\ufeff${JSON.stringify({ XRPUSDT_1h_202401: longer })}`);
    expect(readIndex(base.path, 'cache_index.json', new Map())).toMatchObject({ entries: 1, present: 0 });
    put(base.path, 'cache_metadata.json', '[]');
    expect(readIndex(base.path, 'cache_metadata.json', found)).toBeUndefined();
  });
});

describe(splitRows, () => {
  const dataset = DATASETS['binance/spot/klines'];

  it('cuts at midnight, and tells a whole day from a part of one', () => {
    const { batch } = barsOf({ bars: Array.from({ length: 30 }, (_, row) => row) });
    const parts = splitRows(batch, { dataset, symbol: 'BTCUSDT', interval: '1h' });
    expect(parts.map(({ key, batch: part, isWhole }) => [key.date, part.numRows, isWhole])).toEqual([
      ['2024-01-01', 24, true],
      ['2024-01-02', 6, false],
    ]);
    expect(parts[1]!.batch.columns['open']).toEqual((batch.columns['open'] as Float64Array).slice(24));
  });

  it('names the runs of bars that follow each other', () => {
    const step = intervalMicroseconds('1h')!;
    expect(unbrokenSpans(BigInt64Array.of(0n, step, 3n * step), '1h')).toEqual([
      { start: 0n, end: 2n * step },
      { start: 3n * step, end: 4n * step },
    ]);
  });
});

describe(cutUnfinished, () => {
  const times = BigInt64Array.of(0n, 3_600_000_000n);
  it.each([
    [5_400_000, 1],
    [3_599_999, 2],
    [7_200_000, 2],
    [Date.UTC(2026, 1, 1), 2],
  ])('of bars at 0 and 1 h, written at %i ms, takes %i', (written, rows) => {
    expect(cutUnfinished(times, '1h', written)).toBe(rows);
  });
});

describe('fates', () => {
  it('are each under exactly one of the three numbers', () => {
    expect(ALL_FATES).toHaveLength(new Set(Object.values(FATES).flat()).size);
    for (const fate of ALL_FATES) expect(FATES[groupOf(fate)] as readonly string[]).toContain(fate);
  });
});

describe(openPlan, () => {
  const totals = {
    files: 1, bytes: 1, needed: 1, migrate: 1, refuse: 0, skip: 0, left: 0, indexes: 0, sealed: 0, byGeneration: {}, byReason: {},
  }; // prettier-ignore
  const header = {
    plan: 'vision-cache-migration', version: 2, from: '/a', to: '/b', market: 'spot', marketGiven: false, layout: null, deep: false,
  } as const; // prettier-ignore
  const place = { file: 'A/1h/2024-01-01.arrow', size: 1, changed: 1, date: '2024-01-01' };
  const facts = {
    generations: ['S'], container: 'ipc-file', fate: 'migrate', sure: 'by-content', market: 'spot', symbol: 'A', intervals: ['1h'],
  } as const; // prettier-ignore
  const written = (): { readonly path: string; readonly id: string } => {
    const path = join(base.path, 'plan');
    const writer = new PlanWriter(path);
    writer.add(header);
    writer.addFile(place, facts);
    return { path, id: writer.finish(totals, () => false) };
  };

  it('reads what was written', () => {
    const { path, id } = written();
    expect(openPlan(path)).toMatchObject({ id, header, totals });
  });

  it('refuses each of its bytes that is another one, and each end that is cut off', () => {
    const { path } = written();
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      expect([at, openedAs(path)]).toEqual([at, 'E_PLAN']);
    }
    for (let length = 0; length < bytes.length - 1; length += 7) {
      writeFileSync(path, bytes.subarray(0, length));
      expect([length, openedAs(path)]).toEqual([length, 'E_PLAN']);
    }
  });

  it('believes no number of files that it does not list', () => {
    const path = join(base.path, 'plan');
    const line = (value: object) => `${JSON.stringify(value)}\n`;
    writeFileSync(path, line({ ...header, version: 1 }) + line({ totals: { ...totals, files: 1e9 } }));
    expect(openedAs(path)).toBe('E_PLAN');
  });

  it('says that it is another where one of the same bytes was applied', () => {
    const path = join(base.path, 'plan');
    const { id } = written();
    const writer = new PlanWriter(path);
    writer.add(header);
    writer.addFile(place, facts);
    const other = writer.finish(totals, (each) => each === id);
    expect(other).not.toBe(id);
    expect(openPlan(path).id).toBe(other);
  });

  const openedAs = (path: string): string | undefined => {
    try {
      openPlan(path);
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
});
