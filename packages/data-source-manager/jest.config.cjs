module.exports = { ...require('../../jest.preset.cjs'), displayName: 'data-source-manager', testTimeout: 60_000 };
