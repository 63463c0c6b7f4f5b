module.exports = { ...require('../../jest.preset.cjs'), displayName: 'e2e-workflow', testTimeout: 60_000 };
