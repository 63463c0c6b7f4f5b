/**
 * Runs the TypeScript sources as ES modules: swc strips the types, and the condition
 * `@vision-cache/source` lets a workspace package resolve to its sources, so that no test waits for a build.
 */
module.exports = {
  testEnvironment: 'node',
  testEnvironmentOptions: {
    customExportConditions: ['@vision-cache/source', 'node', 'node-addons'],
  },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: { target: 'es2022', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
      },
    ],
  },
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/out-tsc/', '/test-output/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/out-tsc/', '<rootDir>/test-output/'],
  coverageProvider: 'v8',
  coverageDirectory: 'test-output/coverage',
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.test.ts', '!src/**/*.deep.ts', '!src/**/*.fixture.ts'],
  // Only what hangs is to fail by time: machines that build and test at once are slow.
  testTimeout: 60_000,
  maxWorkers: 2,
  watchman: false,
};
