import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE_TAG, HIDDEN_FOLDERS } from '@vision-cache/arrow-store';
import { listFolder } from '../disk/empty-folders.ts';
import { HIDDEN } from '../contract/safe-path.ts';
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

/** Folders that a run makes before its first record. */
const OF_A_LOCK: ReadonlySet<string> = new Set(
  [HIDDEN_FOLDERS.journal, HIDDEN_FOLDERS.leases, HIDDEN_FOLDERS.tmp].map((path) => path.slice(HIDDEN.length + 1)),
);

/** What of the machinery is not there before the first change; what a run left that was killed before that is none. */
export function freshPlaces(plan: OpenPlan): MadePlace[] {
  return (['to', 'from'] as const).flatMap((side) => {
    const root = plan.header[side];
    const hidden = names(join(root, HIDDEN)).filter((name) => !OF_A_LOCK.has(name));
    const journal = names(join(root, HIDDEN, 'journal')).filter(
      (name) => join(root, HIDDEN, 'journal', name) !== journalFolder(plan),
    );
    const isHiddenFresh = hidden.length + journal.length === 0;
    return [
      ...(isHiddenFresh && names(root).every((name) => name === HIDDEN) ? [[side, ''] as const] : []),
      ...(isHiddenFresh ? [[side, HIDDEN] as const] : []),
      ...missingAbove(root).map((name) => [side, name] as const),
      ...(existsSync(join(root, CACHE_TAG)) ? [] : [[side, CACHE_TAG] as const]),
    ];
  });
}
