import type { PlannedFile, PlanHeader } from '../contract/migration-plan.ts';
import type { Outcome } from '../contract/outcome.ts';
import { NotAFileError, readRegular } from '../disk/open-regular.ts';
import { assessAgain } from '../old-cache/assess-again.ts';
import { type RefusedSource, type SourceRows, decodeSource } from '../old-cache/read-source.ts';
import { compareRows, pathOf } from './compare-rows.ts';
import { fingerprintAt, standingAt } from './new-place.ts';
import { datasetOf, incomingOf } from './stage-file.ts';
import type { Trees } from './trees.ts';

/** An old file's rows as apply read them, from wherever the file stands now. @throws what reading throws */
export function decodeOld(
  header: PlanHeader,
  file: PlannedFile,
  outcome: Outcome,
  absolute: string,
): SourceRows | RefusedSource {
  const { bytes } = readRegular(absolute);
  const isChanged = outcome.flags.includes('changed-since-plan');
  return decodeSource(bytes, isChanged ? assessAgain(header, file, absolute) : file);
}

/** Why the new tree does not hold every row of an old file, by value, or undefined if it does. */
export function findMissing(trees: Trees, source: SourceRows): { found: string; path: string } | undefined {
  for (const target of source.targets) {
    const path = pathOf(target);
    const standing = standingAt(trees.to, path);
    if (standing.kind !== 'entry') return { found: standing.kind === 'foreign' ? 'not-a-file' : standing.kind, path };
    const compared = compareRows(standing, incomingOf(source, target), datasetOf(target));
    if (compared.kind !== 'equal') return { found: compared.kind === 'adds' ? 'rows-missing' : 'other-values', path };
  }
  return undefined;
}

/** Whether at every target of an outcome stands just what was proven to hold the rows. */
export function holdsAsProven(trees: Trees, outcome: Outcome, holds: readonly string[] | undefined): boolean {
  if (holds?.length !== outcome.targets.length || holds.length === 0) return false;
  return outcome.targets.every(({ path }, index) => fingerprintAt(standingAt(trees.to, path)) === holds[index]);
}

/** The word for what keeps a file from being read. */
export const unreadableWord = (error: unknown): string =>
  error instanceof NotAFileError ? 'not-a-file' : `unreadable-${(error as { code?: string }).code ?? 'file'}`;
