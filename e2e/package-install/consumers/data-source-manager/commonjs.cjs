const assert = require('node:assert/strict');
const { DataSourceManager, findGaps, isDataSourceError } = require('@vision-cache/data-source-manager');

assert.equal(typeof findGaps, 'function');
const nothing = {
  coverage: async (keys) => keys.map(() => undefined),
  loadMany: async () => assert.fail('there is nothing to load'),
  save: async () => assert.fail('there is nothing to save'),
  saveAbsent: async () => {},
};
const query = { symbol: 'btcusdt', interval: '1h', start: '2024-03-01', end: '2024-03-02' };
assert.rejects(new DataSourceManager({ cache: nothing }).getKlines(query), (error) => error instanceof Error);
assert.equal(isDataSourceError(new Error('another')), false);
