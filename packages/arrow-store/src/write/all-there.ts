import { type ColumnArray, firstRowAt } from '@vision-cache/cache-keys';
import type { StoredFacts } from '../contract/entry-facts.ts';
import { originOf } from '../rows/attribute.ts';
import { type Origin, type SourceRank, precedence, timesOf } from '../rows/rows.ts';
import { covers } from '../rows/spans.ts';
import type { CheckedRows } from './check-rows.ts';

/** An entry as it stands on the disk. */
export interface Existing {
  readonly facts: StoredFacts;
  readonly columns: Readonly<Record<string, ColumnArray>>;
}

/**
 * Whether a save would leave an entry as it is: its rows stand there side by side with the same values, its source is the
 * entry's own or one that is trusted less, and it says nothing that the entry does not say. Seen without uniting
 * anything: a refresh of a day that has not changed takes as long as reading it.
 */
export function isAllThere(item: CheckedRows, { facts, columns }: Existing, rank: SourceRank): boolean {
  const { rows, dataset, answered, facts: given } = item;
  return (
    answered.every((span) => covers(facts.spans, span)) &&
    changesNoSource(rows.origins[0]!, facts, rank) &&
    (given.holes ?? []).every((hole) => facts.holes.some((known) => isEqual(hole, known))) &&
    isSaid(given.missingIds, facts.missingIds) &&
    isSaid(given.quality, facts.quality) &&
    areRowsThere(timesOf(dataset, rows.columns), rows.columns, timesOf(dataset, columns), columns)
  );
}

/** Whether rows take the place of all that are there, with the same values: then there is nothing to unite either. */
export function areTheSameRows(
  { rows, dataset }: CheckedRows,
  { facts, columns }: Existing,
  rank: SourceRank,
): boolean {
  const given = rows.origins[0]!;
  return (
    rows.numRows === facts.rows &&
    [facts, ...facts.contributions].every((origin) => precedence(given, rank) >= precedence(origin, rank)) &&
    areRowsThere(timesOf(dataset, rows.columns), rows.columns, timesOf(dataset, columns), columns)
  );
}

function changesNoSource(given: Origin, facts: StoredFacts, rank: SourceRank): boolean {
  const origins = [facts, ...facts.contributions].map(originOf);
  if (origins.length === 1 && isEqual(origins[0], originOf(given))) return true;
  return origins.every((origin) => precedence(given, rank) < precedence(origin, rank));
}

/** Counts and lists that are empty are not kept. */
const isSaid = (given: object | undefined, known: object | undefined): boolean =>
  given === undefined || Object.keys(given).length === 0 || isEqual(given, known);

const isEqual = (a: unknown, b: unknown): boolean => text(a) === text(b);
/** The same facts are the same text, in whatever order they were given. */
const text = (of: unknown): string =>
  JSON.stringify(of, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

function areRowsThere(
  givenTimes: BigInt64Array,
  given: Existing['columns'],
  times: BigInt64Array,
  columns: Existing['columns'],
): boolean {
  const first = givenTimes[0];
  if (first === undefined) return true;
  const from = firstRowAt(times, first);
  if (from + givenTimes.length > times.length) return false;
  return Object.entries(columns).every(([name, column]) => isSlice(given[name]!, column, from));
}

function isSlice(given: ColumnArray, column: ColumnArray, from: number): boolean {
  if (Array.isArray(given)) return given.every((value, row) => value === (column as readonly string[])[from + row]);
  const slice = (column as Float64Array).subarray(from, from + given.length);
  return Buffer.compare(bytesOf(given as Float64Array), bytesOf(slice)) === 0;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
