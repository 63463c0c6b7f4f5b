module.exports = { ...require('../../jest.preset.cjs'), displayName: 'cache-keys' };
