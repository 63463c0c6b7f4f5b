module.exports = { ...require('../../jest.preset.cjs'), displayName: 'arrow-store' };
