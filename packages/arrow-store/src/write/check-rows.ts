import {
  type CacheKey,
  type Catalog,
  type ColumnBatch,
  type Dataset,
  cachePath,
  epochMicroseconds,
  floorOpenTime,
  spanOf,
} from '@vision-cache/cache-keys';
import type { Conflict, SaveFacts, StoredFacts } from '../contract/entry-facts.ts';
import { ArrowStoreError, quote } from '../contract/errors.ts';
import { storedSchema } from '../format/open-entry.ts';
import { originOf } from '../rows/attribute.ts';
import { checkBatch } from '../rows/check-batch.ts';
import type { Rows } from '../rows/rows.ts';
import { clipSpans } from '../rows/spans.ts';
import { checkSaveFacts } from '../store/check-facts.ts';

/** Rows that may be stored under their key, and what they answer for. */
export interface CheckedRows {
  readonly key: CacheKey;
  readonly path: string;
  readonly dataset: Dataset;
  readonly facts: SaveFacts;
  readonly rows: Rows;
  readonly conflicts: readonly Conflict[];
  /** Without what was not over when the source was asked. */
  readonly answered: StoredFacts['spans'];
}

function assertGiven(value: object | undefined | null, what: string, expected: string, file: string): void {
  if (typeof value === 'object' && value !== null) return;
  const message = `${quote(file)}: cannot be saved without ${what}, ${expected}.`;
  throw new ArrowStoreError('E_BATCH', message, { path: file, expected, found: String(value) });
}

/** @throws {ArrowStoreError} `E_BATCH`, `E_SCHEMA`, `E_UNFINISHED`. */
export function checkRows(
  catalog: Catalog,
  key: CacheKey,
  batch: ColumnBatch,
  facts: SaveFacts,
  file: string,
): CheckedRows {
  const dataset: Dataset = catalog.datasetOf(key);
  assertGiven(batch, 'a batch', '{ dataset, numRows, columns }', file);
  assertGiven((batch as Partial<ColumnBatch>).columns, 'its columns', 'an array for each column', file);
  assertGiven(facts, 'facts', '{ source, asOf }', file);
  checkSaveFacts(facts);
  const home = catalog.homeFrequency(dataset, key.interval);
  if (home !== key.packagingFrequency) {
    const message = `${quote(file)}: rows of ${dataset.id} ${key.interval ?? ''} are kept ${home}; split them by homeKeys(key).`;
    const expected = `a ${home} key`;
    throw new ArrowStoreError('E_BATCH', message, { path: file, expected, found: `a ${key.packagingFrequency} one` });
  }
  const asOf = epochMicroseconds(facts.asOf);
  const { source = 'unknown' } = facts as Partial<SaveFacts>;
  const origin = originOf({ ...facts, source, missingColumns: facts.missingColumns ?? [] });
  const checked = checkBatch(key, dataset, storedSchema(dataset), batch, origin, asOf, file);
  const over = key.interval === undefined ? asOf : floorOpenTime(key.interval, asOf);
  const whole = spanOf(key.date);
  const answered = clipSpans(facts.spans ?? [whole], { start: whole.start, end: over });
  return { key, path: cachePath(key), dataset, facts, answered, ...checked };
}
