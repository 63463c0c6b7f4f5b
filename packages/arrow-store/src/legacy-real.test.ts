import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DATASETS, parseLegacyPath, utcDay } from '@vision-cache/cache-keys';
import { type LegacyRows, readLegacyKlines } from './legacy.ts';

type SpotKlines = (typeof DATASETS)['binance/spot/klines'];

const dataset = DATASETS['binance/spot/klines'];
const root = process.env['VISION_CACHE_REAL_DATA'] ?? '';
const found = root !== '' && existsSync(join(root, 'legacy-variants/manifest.json'));
if (!found) console.warn('SKIPPED: the real old caches; VISION_CACHE_REAL_DATA is not set.');

interface Variant {
  readonly id: string;
  readonly path: string;
  readonly expect: string;
  readonly canon: string | null;
  readonly rows: number;
}

/** Python's repr of a float: the shortest digits that round-trip, with a decimal point. */
function repr(value: number): string {
  const text = String(value);
  if (Number.isNaN(value)) return 'nan';
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function canonical({ batch }: LegacyRows<SpotKlines>): string {
  const { columns, numRows } = batch;
  const lines = Array.from({ length: numRows }, (_, row) =>
    [
      columns.open_time[row],
      ...[columns.open, columns.high, columns.low, columns.close, columns.volume, columns.quote_volume].map((column) =>
        repr(column[row]!),
      ),
      repr(columns.taker_buy_volume[row]!),
      repr(columns.taker_buy_quote_volume[row]!),
      columns.count[row],
    ].join(','),
  );
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

const variants: Variant[] = found
  ? (JSON.parse(readFileSync(join(root, 'legacy-variants/manifest.json'), 'utf8')) as { variants: Variant[] }).variants
  : [];
const ofKind = (test: (variant: Variant) => boolean) =>
  variants.filter((each) => each.path.endsWith('.arrow') && test(each));
const read = ({ path }: Variant) => readLegacyKlines(join(root, 'legacy-variants', path), { dataset, interval: '1h' });
const days = (rows: LegacyRows<SpotKlines>) => [
  ...new Set(Array.from(rows.batch.columns.open_time, (time) => utcDay(time))),
];

(found ? describe : describe.skip)('one real day in every form that an old cache has it in', () => {
  it.each(ofKind(({ canon }) => canon !== null))('$id comes out with the right values', async (variant) => {
    const rows = await read(variant);
    expect(canonical(rows)).toBe(variant.canon);
    expect(rows.batch.numRows + rows.duplicates + rows.conflicts.length).toBe(variant.rows);
    expect(rows.batch.columns.close_time[0]).toBe(rows.batch.columns.open_time[0]! + 3_599_999_999n);
  });

  it.each(ofKind((each) => /^(reject|quarantine|detect)/.test(each.expect)))('$id is refused', async (variant) => {
    const error = await read(variant).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      name: 'ArrowStoreError',
      details: { path: expect.any(String), found: expect.any(String) },
    });
  });

  it('tells the first of two conflicting rows, and the other', async () => {
    const rows = await read(variants.find(({ id }) => id === 'F-duplicates-conflict')!);
    expect(rows).toMatchObject({
      duplicates: 0,
      conflicts: [
        { time: 1704078000000000n, values: [{ column: 'close', kept: 42330.49, dropped: 42331.49 }] },
        { time: 1704081600000000n, values: [{ column: 'close', kept: 42399.99, dropped: 42400.99 }] },
      ],
    });
  });

  it('flags what was kept in 32 bits, and what columns are missing', async () => {
    expect((await read(variants.find(({ id }) => id === 'C-float32')!)).lossy).toBe(true);
    const partial = await read(variants.find(({ id }) => id === 'C-only-ohlcv')!);
    expect(partial.missingColumns).toEqual(['quote_volume', 'count', 'taker_buy_volume', 'taker_buy_quote_volume']);
    expect(partial.batch.columns.quote_volume[0]).toBeNaN();
  });

  it('keeps every row of a file of several days, and of one with a hole', async () => {
    const many = await read(variants.find(({ id }) => id === 'F-multiday-in-one')!);
    expect([many.batch.numRows, days(many).length]).toEqual([72, 3]);
    const straddling = await read(variants.find(({ id }) => id === 'F-straddle-midnight')!);
    expect([straddling.batch.numRows, days(straddling).length]).toEqual([10, 2]);
    expect((await read(variants.find(({ id }) => id === 'F-gap')!)).batch.numRows).toBe(23);
  });
});

const treeRoot = join(root, 'legacy-trees');
const treeFiles = found
  ? readdirSync(treeRoot, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile() && each.name.endsWith('.arrow'))
      .map((each) => join(each.parentPath, each.name).slice(treeRoot.length + 1))
  : [];

(found ? describe : describe.skip)('whole old caches', () => {
  it.each(treeFiles)('%s is read', async (file) => {
    const facts = parseLegacyPath(file.slice(file.indexOf('/') + 1));
    expect(facts.status).not.toBe('unknown');
    if (facts.status === 'unknown') return;
    const market = facts.marketType === 'um' || facts.marketType === 'cm' ? facts.marketType : 'spot';
    const rows = await readLegacyKlines(join(treeRoot, file), {
      dataset: DATASETS[`binance/${market}/klines`],
      interval: facts.intervals,
    });
    expect(rows.batch.numRows + rows.duplicates + rows.conflicts.length).toBe(rows.rowsRead);
    expect(rows.missingColumns).toEqual([]);
  });
});
