module.exports = {
  ...require('../../jest.preset.cjs'),
  displayName: 'e2e-browser',
  globalSetup: '<rootDir>/make-demo.mjs',
};
