import { join, relative } from 'node:path';
import { BINANCE, type Dataset, parseCachePath } from '@vision-cache/cache-keys';
import { removeOwn } from '../disk/empty-folders.ts';
import { hashFile } from '../disk/hash-file.ts';
import { moveToFreePlace } from '../disk/move-file.ts';
import { readRegular } from '../disk/open-regular.ts';
import { HIDDEN } from '../contract/safe-path.ts';
import { makeFolders } from '../disk/sync-path.ts';
import { backupPath } from '../ledger/places.ts';
import { compareRows } from '../new-cache/compare-rows.ts';
import { decodeOld, findMissing, holdsAsProven, unreadableWord } from '../new-cache/held-rows.ts';
import { standingAt, standingIn } from '../new-cache/new-place.ts';
import { unsealedAt } from '../new-cache/stage-file.ts';
import type { Trees } from '../new-cache/trees.ts';
import { decodeSource } from '../old-cache/read-source.ts';
import type { OpenPlan } from '../plan/open-plan.ts';
import { type FinishStep, decideFinish } from './finish-steps.ts';

export interface FinishFinding {
  /** Path of the old file below the old root, or of the entry below the new one. */
  readonly path: string;
  /** Stable word: why it was left. */
  readonly found: string;
  /** Where it stands. */
  readonly at: string;
}

export interface FinishContext {
  readonly plan: OpenPlan;
  readonly trees: Trees;
}

type Decision = ReturnType<typeof decideFinish>;

/** Looks at a step of finish, and says what would become of it. Changes nothing. */
export function lookAtFinish({ plan, trees }: FinishContext, step: FinishStep): Decision {
  trees.forget();
  if (step.do === 'settle-copy') return lookAtCopy({ plan, trees }, step);
  const aside = trees.aside(step.file.file);
  const above = trees.from.above(relative(trees.from.root, aside));
  if (above !== 'folder') return above === 'nothing' ? { act: 'nothing' } : { act: 'leave', found: 'link' };
  return decideFinish(step, {
    sha256: hashFile(aside),
    isAsProven: () => holdsAsProven(trees, step.outcome, step.holds),
    findMissing: () => {
      try {
        const source = decodeOld(plan.header, step.file, step.outcome, aside);
        if (!source.ok) return `old-file-${source.reason}`;
        if (source.rowsIn !== step.outcome.rowsIn) return 'old-file-changed';
        return findMissing(trees, source)?.found;
      } catch (error) {
        return unreadableWord(error);
      }
    },
  });
}

/** The copy of what stood at a new path: its rows were taken over, or it could not be read then. */
function lookAtCopy(
  { plan, trees }: FinishContext,
  { file, outcome, path, backup }: Extract<FinishStep, { readonly do: 'settle-copy' }>,
): Decision {
  const copy = backupPath(plan, backup);
  const kept = standingIn(copy, path);
  if (kept.kind === 'nothing') return { act: 'nothing' };
  const key = parseCachePath(path);
  if (kept.kind === 'entry') {
    const standing = standingAt(trees.to, path);
    if (standing.kind !== 'entry') return { act: 'leave', found: standing.kind };
    const target = { key, batch: kept.batch, spans: [], isWhole: false };
    const incoming = { target, missingColumns: [...kept.missingColumns], lossy: false };
    const compared = compareRows(standing, incoming, BINANCE.datasetOf<Dataset>(key as never));
    return compared.kind === 'equal' ? { act: 'delete' } : { act: 'leave', found: 'rows-missing' };
  }
  if (kept.kind !== 'unsealed') return { act: 'leave', found: kept.kind === 'foreign' ? 'not-a-file' : kept.kind };
  try {
    const source = trees.isInPlace(file.file, path)
      ? decodeOld(plan.header, file, outcome, copy)
      : decodeSource(readRegular(copy).bytes, unsealedAt(file, { key }));
    if (!source.ok) return { act: 'leave', found: `old-file-${source.reason}` };
    const missing = findMissing(trees, source);
    return missing === undefined ? { act: 'delete' } : { act: 'leave', found: missing.found };
  } catch (error) {
    return { act: 'leave', found: unreadableWord(error) };
  }
}

/** Does one step of finish. @returns what was left, or `nothing` where nothing stands any more */
export function performFinish(context: FinishContext, step: FinishStep): FinishFinding | 'deleted' | 'nothing' {
  const decision = lookAtFinish(context, step);
  const { plan, trees } = context;
  if (decision.act === 'nothing') return 'nothing';
  if (step.do === 'delete-aside') {
    const at = trees.aside(step.file.file);
    if (decision.act === 'leave') return { path: step.file.file, found: decision.found, at };
    removeOwn(at);
    return 'deleted';
  }
  const copy = backupPath(plan, step.backup);
  if (decision.act === 'delete') {
    removeOwn(copy);
    return 'deleted';
  }
  // The only copy of what apply replaced is nobody's old file: it goes where the store keeps what it cannot use.
  const folder = join(plan.header.to, HIDDEN, 'quarantine');
  const at = join(folder, `migration-${plan.id}-${step.backup}`);
  if (trees.to.look(relative(trees.to.root, folder)) === 'link')
    return { path: step.path, found: decision.found, at: copy };
  makeFolders(folder, true);
  return { path: step.path, found: decision.found, at: moveToFreePlace(copy, at) ? at : copy };
}
