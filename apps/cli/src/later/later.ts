/**
 * What commands need beyond their help: the packages and everything that leans on them. The built command is one file
 * without these, so that it starts at once; this one stands beside it.
 */
export { epochMicroseconds, storedColumns, utcDay } from '@vision-cache/cache-keys';
export { auditRow, auditText } from '../upkeep/audit-row.ts';
export { availabilityRows } from '../upkeep/availability-rows.ts';
export { cachedSeries } from '../series/cached-series.ts';
export { assertThere, compose, composeAnywhere, openAnywhere, openCache } from '../parts/compose.ts';
export { concurrently } from '../sync/concurrently.ts';
export { checks } from '../upkeep/checks.ts';
export { filesBelow } from '../import/files-below.ts';
export { importFile, importWarnings } from '../import/import-file.ts';
export { findAll, findSeries } from '../series/find-series.ts';
export { foldersOf } from '../series/folders-of.ts';
export { repack as repackRoot } from '@vision-cache/arrow-store';
export { cacheRoot, folderOf } from '../parts/cache-root.ts';
export { initRoot, intervalOf, intervalsOf } from '../parts/init-root.ts';
export { progressOn } from '../text/progress.ts';
export { datasetOf, type Series, seriesName } from '../series/series-name.ts';
export { calendarLines, coverageOfSeries } from '../show/coverage-of-series.ts';
export { longRow } from '../show/long-row.ts';
export { type RowForm, rowPrinter } from '../rows/print-rows.ts';
export { lastRows, readRows, type Rows, slice } from '../rows/read-rows.ts';
export { chooseSeries } from '../sync/choose-series.ts';
export { firstPublished } from '../sync/first-published.ts';
export { manySmallFiles, planLines, planTasks, updateFrom } from '../sync/plan-tasks.ts';
export { parseShard } from '../sync/shard.ts';
export { syncLine } from '../sync/sync-line.ts';
export { type SyncRow, type SyncTask, syncTask, taskOf } from '../sync/sync-task.ts';
export { bytesText } from '@vision-cache/migrator/units';
export { counted, instantText, jsonLine, tableLines, unreadableLine } from '../text/table.ts';
export { exitCodeOf } from '../text/tell-error.ts';
export { escapeTerminal } from '../text/escape-terminal.ts';

/** What brings libraries of its own with it, which only one command wants. */
export const loadExport = () => import('../export/export-series.ts');
export const loadMigrator = () => import('@vision-cache/migrator/command');
export const loadPage = () => import('../parts/serve-page.ts');
