/** The files that decide and do no I/O. Together nearly all of their branches are covered, and of each at least these. */
const PURE =
  'batch-rows,closed-until,compare-rows,coverage,explain-gap,find-gaps,known-outages,listing,merge-batches,needs,' +
  'ordered-prefetch,plan-archives,plan-fetch,plan-ranges,query,request-options,resample,spans,unknown-symbol,' +
  'verify-across,windows';

module.exports = {
  ...require('../../jest.preset.cjs'),
  displayName: 'data-source-manager',
  testTimeout: 60_000,
  coverageThreshold: { [`./src/*/{${PURE}}.ts`]: { lines: 95, branches: 90 } },
};
