import type { SourcePort } from '../contract/ports.ts';
import { DataSourceManager } from '../data-source-manager.ts';
import { FakeCache } from './fake-cache.ts';
import { FakeArchive, type ArchiveOptions, FakeRest, type RestOptions } from './fake-sources.ts';

/** A day on which everything up to the day before is published. */
export const NOW = '2024-03-20T12:30:00Z';

export interface ComposeOptions {
  readonly archive?: ArchiveOptions | false;
  readonly rest?: Partial<RestOptions> | false;
  readonly now?: string;
  readonly cache?: FakeCache;
}

/** A manager with its cache and sources, all in memory. */
export function compose(options: ComposeOptions = {}) {
  const now = (): number => Date.parse(options.now ?? NOW);
  const cache = options.cache ?? new FakeCache();
  const archive = new FakeArchive({
    until: (options.now ?? NOW).slice(0, 10),
    ...(options.archive === false ? {} : options.archive),
  });
  const rest = new FakeRest({ now, ...(options.rest === false ? {} : options.rest) });
  const sources: SourcePort[] = [
    ...(options.archive === false ? [] : [archive]),
    ...(options.rest === false ? [] : [rest]),
  ];
  return { cache, archive, rest, now, sources, manager: new DataSourceManager({ cache, sources, now }) };
}
