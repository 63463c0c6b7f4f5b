/**
 * What commands need beyond their help: the packages and everything that leans on them. The built command is one file
 * without these, so that it starts at once; this one stands beside it.
 */
export { epochMicroseconds, isoText, spanOf, storedColumns, utcDay } from '@vision-cache/cache-keys';
export { cacheRoot } from './cache-root.ts';
export { compose, openCache } from './compose.ts';
export { concurrently } from './concurrently.ts';
export { type Progress, progressOn } from './progress.ts';
export { datasetOf, matcherOf, parseSeriesName, type Series, seriesName, seriesOf } from './series-name.ts';
export { cachedSeries, type CachedSeries } from './cached-series.ts';
export { findAll, findSeries } from './find-series.ts';
export { calendarLines, coverageOfSeries } from './show/coverage-of-series.ts';
export { longRow } from './show/long-row.ts';
export { lastRows, readRows, type Rows, slice } from './show/read-rows.ts';
export { type RowForm, rowPrinter } from './show/print-rows.ts';
export { chooseSeries } from './sync/choose-series.ts';
export { firstPublished } from './sync/first-published.ts';
export { manySmallFiles, planLines, type PlanRow, planTasks, updateFrom } from './sync/plan-tasks.ts';
export { parseShard } from './sync/shard.ts';
export { syncLine } from './sync/sync-line.ts';
export { type SyncRow, type SyncTask, syncTask, taskOf } from './sync/sync-task.ts';
export { errorText, exitCodeOf } from './tell-error.ts';
export { bytesText, instantText, jsonLine, secondsText, tableLines } from './table.ts';
