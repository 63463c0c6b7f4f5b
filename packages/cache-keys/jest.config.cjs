module.exports = {
  ...require('../../jest.preset.cjs'),
  displayName: 'cache-keys',
  coverageThreshold: { global: { lines: 95, branches: 95 } },
};
