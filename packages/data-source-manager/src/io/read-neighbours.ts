import { type CacheKey, expectationColumns, spanOf, type TimeSpan } from '@vision-cache/cache-keys';
import type { KnownFacts } from '../contract/ports.ts';
import type { ParsedQuery } from '../query/query.ts';
import { hasContiguousIds, type NeighbourRows } from '../rows/missing-ids.ts';
import { readFacts } from './cache-access.ts';
import type { Engine } from './engine.ts';
import { loadRows } from './read-cache.ts';

const HOUR = 3_600_000_000n;

/**
 * The rows at the edges of the days before and behind a range, as far as the cache has them, where they can tell of ids
 * that are missing between. No source is asked.
 * @param runs the parts of the range with rows, in order
 */
export async function readNeighbours(
  engine: Engine,
  query: ParsedQuery,
  runs: readonly TimeSpan[],
  signal: AbortSignal | undefined,
): Promise<NeighbourRows> {
  const { dataset, wholes, keys } = query;
  const [first] = wholes;
  const last = wholes.at(-1);
  if (first === undefined || last === undefined || !hasContiguousIds(dataset)) return {};
  const dayBefore = runs[0]?.start === first.start ? neighbourOf(engine, keys[0]!, first.start - 1n) : undefined;
  const dayAfter = runs.at(-1)?.end === last.end ? neighbourOf(engine, keys[0]!, last.end) : undefined;
  const known = await readFacts(engine.cache, [dayBefore, dayAfter].filter((key) => key !== undefined), signal); // prettier-ignore
  const factsBefore = dayBefore === undefined ? undefined : known[0];
  const factsAfter = dayAfter === undefined ? undefined : known.at(-1);
  const options = { columns: expectationColumns(dataset), uncounted: true, signal };
  const load = async (key: CacheKey, edge: TimeSpan) => {
    const { batch } = await loadRows(engine.cache, [key], edge, options);
    // A file may end hours before its day does.
    return batch.numRows > 0 ? batch : (await loadRows(engine.cache, [key], spanOf(key.date), options)).batch;
  };
  const before = { start: first.start - HOUR, end: first.start };
  const after = { start: last.end, end: last.end + HOUR };
  return {
    ...(dayBefore !== undefined && reaches(factsBefore, first.start) ? { before: await load(dayBefore, before) } : {}),
    ...(dayAfter !== undefined && reaches(factsAfter, last.end) ? { after: await load(dayAfter, after) } : {}),
  };
}

function neighbourOf({ catalog }: Engine, key: CacheKey, at: bigint): CacheKey | undefined {
  const { exchange, marketType, dataNature, symbol, interval } = key;
  return catalog.keysBetween({ exchange, marketType, dataNature, symbol, interval, start: at, end: at + 1n })[0];
}

/** Whether an entry's rows go up to an instant, or begin there. */
function reaches(facts: KnownFacts, instant: bigint): boolean {
  return (
    facts !== undefined &&
    facts.state !== 'absent' &&
    facts.spans.some(({ start, end }) => start === instant || end === instant)
  );
}
