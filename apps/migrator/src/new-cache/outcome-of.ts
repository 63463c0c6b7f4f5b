import { isoText } from '@vision-cache/cache-keys';
import type { PlannedFile } from '../contract/migration-plan.ts';
import { pathOf } from './compare-rows.ts';
import type { Fate, Outcome, Written } from '../contract/outcome.ts';
import type { SourceRows } from '../old-cache/read-source.ts';

/** At most so many conflicts of a file are told one by one. */
const MOST_TOLD = 20;

/** What became of a file whose rows are all proven to be in the new place. Pure. */
export function outcomeOf(
  file: PlannedFile,
  source: SourceRows,
  { wrote, writes }: { readonly wrote: readonly Written[]; readonly writes: number },
  notes: readonly string[],
): Outcome {
  const flags = flagsOf(file, source);
  const fate: Fate = writes === 0 ? 'already-there' : (FATE_OF_FLAG.find((each) => flags.includes(each)) ?? 'migrated');
  const conflicts = source.conflicts.flatMap(({ time, values }) =>
    values.map(({ column, kept, dropped }) => ({ time: isoText(time), column, kept, dropped })),
  );
  const rowsOut = source.targets.reduce((sum, { batch }) => sum + batch.numRows, 0);
  return {
    fate,
    flags: [...flags, ...notes],
    rowsIn: source.rowsIn,
    rowsOut,
    duplicates: source.duplicates,
    refused: source.conflicts.length + source.unfinished,
    targets: source.targets.map((target) => ({ path: pathOf(target), rows: target.batch.numRows })),
    ...(conflicts.length > 0 ? { conflicts: conflicts.slice(0, MOST_TOLD) } : {}),
    wrote,
  };
}

/** The most noteworthy flag gives the fate, so that each file has one. */
const FATE_OF_FLAG: readonly Fate[] = [
  'sealed-moved',
  'with-conflicts',
  'degraded',
  'lossy',
  'relabelled',
  'split',
  'partial',
];

function flagsOf({ date, intervals }: PlannedFile, source: SourceRows): string[] {
  const flags: string[] = [];
  const { targets } = source;
  if (source.facts !== undefined) return ['sealed-moved'];
  if (source.conflicts.length > 0) flags.push('with-conflicts');
  if (source.missingColumns.length > 0) flags.push('degraded');
  if (source.lossy) flags.push('lossy');
  if (date !== null && !targets.some(({ key }) => key.date.startsWith(date) || date.startsWith(key.date)))
    flags.push('relabelled');
  if (targets.length > 1) flags.push('split');
  if (targets.some(({ isWhole }) => !isWhole)) flags.push('partial');
  if (source.duplicates > 0) flags.push('duplicates');
  if (source.unfinished > 0) flags.push('unfinished-bar');
  if (intervals.length !== 1) flags.push('interval-by-rows');
  return flags;
}
