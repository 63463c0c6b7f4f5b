import { cachePath, spanOf } from '@vision-cache/cache-keys';
import type { ArchiveSource } from '../contract/ports.ts';
import type { Engine } from '../io/engine.ts';
import { type Ledger, record } from '../ledger/ledger.ts';
import { objectOf } from '../ledger/observation.ts';
import { needOf } from '../ledger/open-sources.ts';

/** Objects that were not there a moment ago, where the cache has no place to remember it. */
export function recallMisses({ misses }: Engine, ledger: Ledger, archive: ArchiveSource): void {
  if (ledger.isRefresh || misses.isEmpty) return;
  for (const entry of ledger.entries) {
    if (needOf(ledger, entry, archive) === undefined) continue;
    const { key } = entry;
    const evidence = misses.evidenceOf(archive.name, cachePath(key), ledger.now);
    if (evidence === undefined) continue;
    const question = { source: archive.name, kind: 'archive', object: objectOf(key), span: spanOf(key.date) } as const;
    record(ledger, { type: 'no-rows', question, outcome: 'not-published', evidence });
  }
}
