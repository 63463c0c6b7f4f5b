import assert from 'node:assert/strict';
import { cachePath, DATASETS, expectedOpenTimes, spanOf, storedColumns } from '@vision-cache/cache-keys';
import { DataSourceManager } from '@vision-cache/data-source-manager';

const dataset = DATASETS['binance/spot/klines'];

/** A cache in memory, of the least that the engine asks for: entries of open times. */
const entries = new Map();
const factsOf = (key) => entries.get(cachePath(key))?.facts;
const cache = {
  coverage: async (keys) => keys.map(factsOf),
  loadMany: async (keys) => ({
    batch: bars(keys.flatMap((key) => entries.get(cachePath(key))?.times ?? [])),
    entries: keys.map(factsOf),
  }),
  save: async (key, { columns, numRows }, { spans, source }) => {
    const facts = {
      state: 'complete',
      layout: 'new',
      rows: numRows,
      spans: spans ?? [spanOf(key.date)],
      holes: [],
      source,
    };
    entries.set(cachePath(key), { facts, times: [...columns.open_time] });
    return { facts, conflicts: [] };
  },
  saveAbsent: async () => {},
};

function bars(times) {
  const columns = Object.fromEntries(
    storedColumns(dataset).map((name) => [
      name,
      dataset.columns[name].type === 'float64' ? new Float64Array(times.length).fill(1) : BigInt64Array.from(times),
    ]),
  );
  return { dataset: dataset.id, numRows: times.length, columns };
}

/** A source that has every bar. */
const source = {
  kind: 'range',
  name: 'everything',
  covers: () => true,
  fetch: async (key, { start, end }) => ({
    status: 'ok',
    batch: bars(expectedOpenTimes(key.interval, start, end)),
    facts: { source: 'everything' },
    quality: { rows: 0, duplicates: 0, offGrid: 0, unsorted: 0 },
  }),
};

const manager = new DataSourceManager({ cache, sources: [source] });
const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-03-01', end: '2024-03-03' };
const { batch, coverage } = await manager.getKlines(query);
assert.equal(batch.numRows, 48);
assert.equal(coverage.complete, true);

const again = await manager.getKlines(query);
assert.equal(again.batch.numRows, 48);
assert.equal(again.activity.hits, 2);
