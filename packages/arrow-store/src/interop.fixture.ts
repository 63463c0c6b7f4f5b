import {
  BINANCE,
  type CacheKey,
  type ColumnArray,
  type ColumnBatch,
  cacheFolder,
  cacheKey,
  cachePath,
  storedColumns,
} from '@vision-cache/cache-keys';
import { anyRows, bars, fromRest, fromVision, klinesKey } from './rows.fixture.ts';
import { tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

const um = cacheKey({ marketType: 'um', symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01' });
const monthly = (date: string) => klinesKey({ interval: '1w', packagingFrequency: 'monthly', date });
const trades = (date: string) => cacheKey({ dataNature: 'trades', symbol: 'BTCUSDT', date });
/** Days and months, whole and partial, one row and none, of several symbols; with booleans and with texts. */
export const batches: readonly (readonly [CacheKey, ColumnBatch, typeof fromVision])[] = [
  ...['2024-01-01', '2024-01-02']
    .map((date) => klinesKey({ date }))
    .map((key) => [key, bars(key), fromVision] as const),
  ...['1INCHUSDT', '币安人生USDT']
    .map((symbol) => klinesKey({ symbol }))
    .map((key) => [key, bars(key, { bars: [3, 4, 7] }), fromRest] as const),
  [klinesKey({ date: '2024-01-04' }), bars(klinesKey({ date: '2024-01-04' }), { bars: [] }), fromVision],
  [klinesKey({ interval: '1d' }), bars(klinesKey({ interval: '1d' })), fromVision],
  ...['2024-01', '2024-02'].map(monthly).map((key) => [key, bars(key), fromVision] as const),
  [um, bars(um), fromVision],
  ...[1000, 1, 65].map((rows, day) => [trades(`2024-01-0${day + 1}`), anyRows(trades(`2024-01-0${day + 1}`), rows), fromVision] as const), // prettier-ignore
  ...BINANCE.datasets
    .filter(({ columns }) => Object.values(columns).some(({ type }) => type === 'text'))
    .flatMap(({ exchange, marketType, dataNature, published }) => {
      const packagingFrequency = published.daily.length > 0 ? 'daily' : 'monthly';
      if (marketType === 'option' || published[packagingFrequency][0] !== undefined) return [];
      const date = packagingFrequency === 'daily' ? '2024-01-01' : '2024-01';
      const name = { exchange, marketType, dataNature, packagingFrequency, symbol: 'BTCUSDT', date };
      const key = cacheKey(name as Parameters<typeof cacheKey>[0]);
      return [[key, anyRows(key, 40), fromVision] as const];
    }),
];

/** A tree of all of them. */
export async function savedTree(): Promise<string> {
  const root = tempRoot();
  const cache = new UnifiedCacheManager({ root, durability: 'none' });
  await cache.saveMany(batches.map(([key, batch, facts]) => ({ key, batch, facts })));
  return root;
}

/** The values of each file, as text, by the folders that one scan takes in. */
export function expected() {
  const folders = new Map<string, { folder: string; columns: Record<string, string>; files: object[] }>();
  for (const [key, { numRows, columns }] of batches) {
    const dataset = BINANCE.datasetOf(key);
    const names = storedColumns(dataset);
    const { exchange, marketType, dataNature, packagingFrequency } = key;
    const folder = cacheFolder({ exchange, marketType, dataNature, packagingFrequency });
    const types = Object.fromEntries(names.map((name) => [name, dataset.columns[name]!['type']])); // prettier-ignore
    const known = folders.get(folder) ?? { folder, columns: types, files: [] };
    const values: Readonly<Record<string, ColumnArray>> = columns;
    const texts = Object.fromEntries(names.map((name) => [name, Array.from(values[name]!, String)]));
    known.files.push({ path: cachePath(key), rows: numRows, columns: texts });
    folders.set(folder, known);
  }
  return [...folders.values()];
}
