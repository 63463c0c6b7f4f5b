module.exports = { ...require('../../jest.preset.cjs'), displayName: 'e2e-bucket', testTimeout: 60_000 };
