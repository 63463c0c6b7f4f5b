module.exports = { ...require('../../jest.preset.cjs'), displayName: 'vision-client' };
