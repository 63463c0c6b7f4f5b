import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../disk/empty-folders.ts';
import { LOCK } from '../disk/root-lock.ts';
import { HIDDEN } from '../disk/safe-path.ts';
import { journalFolder } from '../ledger/places.ts';
import type { MadePlace } from '../ledger/records.ts';
import type { OpenPlan } from '../plan/open-plan.ts';

/** Folders above a root that are made with it, the nearest first, as names below it. */
function missingAbove(root: string): string[] {
  const names: string[] = [];
  if (existsSync(root)) return names;
  for (let name = '..'; !existsSync(join(root, name)); name = join(name, '..')) names.push(name);
  return names;
}

const names = (path: string): string[] => listFolder(path).map(({ name }) => name);

/** What of the machinery is not there before the first change; what a run left that was killed before that is none. */
export function freshPlaces(plan: OpenPlan): MadePlace[] {
  return (['to', 'from'] as const).flatMap((side) => {
    const root = plan.header[side];
    const hidden = names(join(root, HIDDEN)).filter((name) => name !== 'journal');
    const journal = names(join(root, HIDDEN, 'journal')).filter(
      (name) => !name.startsWith(LOCK) && join(root, HIDDEN, 'journal', name) !== journalFolder(plan),
    );
    const isHiddenFresh = hidden.length + journal.length === 0;
    return [
      ...(isHiddenFresh && names(root).every((name) => name === HIDDEN) ? [[side, ''] as const] : []),
      ...(isHiddenFresh ? [[side, HIDDEN] as const] : []),
      ...missingAbove(root).map((name) => [side, name] as const),
      ...(existsSync(join(root, 'CACHEDIR.TAG')) ? [] : [[side, 'CACHEDIR.TAG'] as const]),
    ];
  });
}
