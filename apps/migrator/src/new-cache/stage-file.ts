import { BINANCE, type Dataset } from '@vision-cache/cache-keys';
import type { PlannedFile } from '../contract/migration-plan.ts';
import { type Outcome, withoutRows } from '../contract/outcome.ts';
import { readRegular } from '../disk/open-regular.ts';
import { type SourceRows, decodeSource } from '../old-cache/read-source.ts';
import type { TargetRows } from '../old-cache/split-rows.ts';
import { type Comparison, type Incoming, compareRows, pathOf } from './compare-rows.ts';
import { type Standing, standingAt } from './new-place.ts';
import { type GroupItem, type ReadItem, systemWord } from './read-item.ts';
import type { Roots } from './trees.ts';

export interface Adopted {
  readonly source: SourceRows;
  readonly target: TargetRows;
}

export interface Write {
  readonly target: TargetRows;
  readonly standing: Exclude<Standing, { readonly kind: 'foreign' }>;
  /** Rows of a file without a seal that stands there, and is taken in first. */
  readonly adopted: Adopted | undefined;
}

/** A file whose rows are known, on their way to the new place. */
export type Staged = GroupItem & Extract<ReadItem, { readonly kind: 'rows' }> & { readonly writes: readonly Write[] };

export function datasetOf(target: TargetRows): Dataset {
  return BINANCE.datasetOf<Dataset>(target.key as never);
}

export const incomingOf = ({ missingColumns, lossy }: SourceRows, target: TargetRows): Incoming => ({
  target,
  missingColumns,
  lossy,
});

/**
 * The rows of a file without a seal that stands at a new path. They were written by the roadmap's own script, and are
 * united with ours; undefined if there are none to be trusted.
 */
function adoptable(
  roots: Roots,
  file: PlannedFile,
  target: TargetRows,
  standing: Standing,
): Adopted | 'several-entries' | undefined {
  const path = pathOf(target);
  if (standing.kind !== 'unsealed') return undefined;
  if (roots.isInPlace(file.file, path)) return undefined; // It is the old file itself.
  const source = decodeSource(readRegular(roots.newPath(path)).bytes, unsealedAt(file, target));
  if (!source.ok) return undefined;
  const own = source.targets.find((each) => pathOf(each) === path);
  const others = source.targets.filter((each) => each !== own);
  if (others.length === 0) return own === undefined ? undefined : { source, target: own };
  // It is an old file of other days itself: it may go once their entries hold its rows.
  if (own !== undefined || !others.every((each) => isHeld(roots, source, each))) return 'several-entries';
  return undefined;
}

/** The facts of a file without a seal that stands where a target belongs. */
export function unsealedAt(file: PlannedFile, { key }: Pick<TargetRows, 'key'>): PlannedFile {
  const { sha256: _recorded, ...rest } = file;
  return {
    ...rest,
    file: pathOf({ key }),
    generations: ['N'],
    changed: 0,
    market: key.marketType,
    symbol: key.symbol,
    intervals: key.interval === undefined ? [] : [key.interval],
    date: key.date,
  };
}

/** Whether the new tree holds every row of a target, with the same values. */
function isHeld(roots: Roots, source: SourceRows, target: TargetRows): boolean {
  const standing = standingAt(roots.to, pathOf(target));
  return (
    standing.kind === 'entry' && compareRows(standing, incomingOf(source, target), datasetOf(target)).kind === 'equal'
  );
}

/** What is there against what is to come: rows of a seal, rows without one, or nothing that can be trusted. */
function compareWith(incoming: Incoming, standing: Standing, adopted: Adopted | undefined): Comparison {
  const dataset = datasetOf(incoming.target);
  if (standing.kind === 'entry') return compareRows(standing, incoming, dataset);
  if (adopted === undefined) return { kind: 'adds' };
  const missingColumns = new Set(adopted.source.missingColumns);
  const compared = compareRows({ batch: adopted.target.batch, missingColumns }, incoming, dataset);
  return compared.kind === 'conflict' ? compared : { kind: 'adds' };
}

/** What has to be written for a file, or the outcome where nothing can be. */
export function stage(
  roots: Roots,
  file: PlannedFile,
  { source, notes }: Pick<Extract<ReadItem, { readonly kind: 'rows' }>, 'source' | 'notes'>,
): Outcome | readonly Write[] {
  const failed = (word: string, message: string): Outcome => ({
    ...withoutRows('error', word, message, source.rowsIn),
    flags: notes,
  });
  const writes: Write[] = [];
  try {
    for (const target of source.targets) {
      const path = pathOf(target);
      const standing = standingAt(roots.to, path);
      if (standing.kind === 'foreign') return failed('not-a-file', `${path} is ${standing.what}: nothing was written.`);
      const adopted = adoptable(roots, file, target, standing);
      if (adopted === 'several-entries') {
        const message = `${path} is itself an old file of several days: migrate it first, with its root as --from.`;
        return failed('unsealed-neighbour', message);
      }
      const compared = compareWith(incomingOf(source, target), standing, adopted);
      if (compared.kind === 'conflict') {
        const message = `${path} has other values for the same times; both stay as they are.`;
        return {
          ...withoutRows('conflict', 'conflict', message, source.rowsIn),
          conflicts: compared.conflicts,
          flags: notes,
        };
      }
      if (compared.kind === 'adds') writes.push({ target, standing, adopted });
    }
  } catch (error) {
    return failed(systemWord(error), `Its new place cannot be read: ${(error as Error).message}`);
  }
  return writes;
}
