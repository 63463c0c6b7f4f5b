import type { Dataset, MissingIds } from '@vision-cache/cache-keys';
import { type Rows, timesOf } from './rows.ts';

/** The column whose values tell rows apart where that is not their time: ids of trades. */
function idsOf(dataset: Dataset, rows: Rows): BigInt64Array | undefined {
  const [name, another] = dataset.identity;
  if (name === undefined || another !== undefined || name === dataset.timeColumn) return undefined;
  return dataset.columns[name]?.type === 'int64' ? (rows.columns[name] as BigInt64Array) : undefined;
}

/** The ids that were said to be missing and still are: those among the rows are left out, and each is told once. */
export function stillMissing(
  dataset: Dataset,
  rows: Rows,
  told: readonly (readonly MissingIds[] | undefined)[],
): readonly MissingIds[] {
  const ranges = told.flatMap((each) => each ?? []).filter(({ from, to }) => from <= to);
  if (ranges.length === 0) return [];
  const times = timesOf(dataset, rows.columns);
  const present = presentIn(idsOf(dataset, rows) ?? new BigInt64Array(0), ranges);
  const missing: MissingIds[] = [];
  for (const range of ranges.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    let { from, after } = range;
    const told = missing[missing.length - 1];
    if (told !== undefined && told.to >= from) from = told.to + 1n;
    for (const { id, row } of present) {
      if (id < from || id > range.to) continue;
      if (id > from) missing.push(rangeOf(from, id - 1n, after, times[row]));
      from = id + 1n;
      after = times[row]!;
    }
    if (from <= range.to) missing.push(rangeOf(from, range.to, after, range.before));
  }
  return missing;
}

function presentIn(ids: BigInt64Array, ranges: readonly MissingIds[]): { readonly id: bigint; readonly row: number }[] {
  const present: { id: bigint; row: number }[] = [];
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (ranges.some(({ from, to }) => from <= id && id <= to)) present.push({ id, row });
  }
  return present.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

const rangeOf = (from: bigint, to: bigint, after: bigint | undefined, before: bigint | undefined): MissingIds => ({
  from,
  to,
  ...(after === undefined ? {} : { after }),
  ...(before === undefined ? {} : { before }),
});
