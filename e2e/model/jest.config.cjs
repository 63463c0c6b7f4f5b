module.exports = { ...require('../../jest.preset.cjs'), displayName: 'e2e-model', testTimeout: 300_000 };
