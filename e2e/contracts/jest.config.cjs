module.exports = { ...require('../../jest.preset.cjs'), displayName: 'e2e-contracts', testTimeout: 60_000 };
