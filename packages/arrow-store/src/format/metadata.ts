import type { TimeSpan } from '@vision-cache/cache-keys';
import type { Contribution, EntryState, Hole, SourceFacts, StoredFacts } from '../entry-facts.ts';
import { EMPTY_SEAL } from './seal.ts';
import type { Metadata } from './schema-message.ts';

/** Version of the format. A newer major may mean other bytes; a newer minor only more metadata. */
export const FORMAT = { major: 1, minor: 0 } as const;
export const FORMAT_VERSION = `${FORMAT.major}.${FORMAT.minor}`;

const PREFIX = 'vision-cache.';

type SpanText = readonly [start: string, end: string];

const spanText = ({ start, end }: TimeSpan): SpanText => [String(start), String(end)];
const spanFrom = ([start, end]: SpanText): TimeSpan => ({ start: BigInt(start), end: BigInt(end) });

/** The metadata of a file, in the order in which it stands there. Every name is always there; what is unknown is empty. */
export function metadataOf(path: string, facts: StoredFacts): Metadata {
  const holes = facts.holes.map(({ kind, evidence, ...span }) => [...spanText(span), kind ?? '', evidence ?? '']);
  const contributions = facts.contributions.map((each) => ({
    ...sourceOf(each),
    spans: each.spans.map(spanText),
    missingColumns: each.missingColumns,
  }));
  return [
    ['seal', EMPTY_SEAL],
    ['format', FORMAT_VERSION],
    ['path', path],
    ['rows', String(facts.rows)],
    ['first', facts.first === undefined ? '' : String(facts.first)],
    ['last', facts.last === undefined ? '' : String(facts.last)],
    ['state', facts.state],
    ['spans', JSON.stringify(facts.spans.map(spanText))],
    ['holes', holes.length === 0 ? '' : JSON.stringify(holes)],
    ['source', facts.source],
    ['source-url', facts.sourceUrl ?? ''],
    ['source-sha256', facts.sourceSha256 ?? ''],
    ['source-etag', facts.sourceEtag ?? ''],
    ['source-last-modified', facts.sourceLastModified ?? ''],
    ['missing-columns', facts.missingColumns.join(' ')],
    ['contributions', contributions.length === 0 ? '' : JSON.stringify(contributions)],
  ].map(([name, value]) => [`${PREFIX}${name!}`, value!] as const);
}

/** Only what is known: `sourceUrl` and so on are left out where they are not. */
export function sourceOf(facts: SourceFacts): SourceFacts {
  const { source, sourceUrl, sourceSha256, sourceEtag, sourceLastModified } = facts;
  return {
    source,
    ...(sourceUrl ? { sourceUrl } : {}),
    ...(sourceSha256 ? { sourceSha256 } : {}),
    ...(sourceEtag ? { sourceEtag } : {}),
    ...(sourceLastModified ? { sourceLastModified } : {}),
  };
}

/** What the metadata says. The seal has been checked before, so that it can be taken at its word. */
export function factsFrom(metadata: ReadonlyMap<string, string>): { readonly path: string; readonly facts: StoredFacts } {
  const value = (name: string) => metadata.get(`${PREFIX}${name}`) ?? '';
  const list = <T>(name: string) => (value(name) === '' ? [] : (JSON.parse(value(name)) as readonly T[]));
  const time = (name: string) => (value(name) === '' ? undefined : BigInt(value(name)));
  const facts: StoredFacts = {
    state: value('state') as EntryState,
    rows: Number(value('rows')),
    first: time('first'),
    last: time('last'),
    spans: list<SpanText>('spans').map(spanFrom),
    holes: list<readonly [string, string, string, string]>('holes').map(holeFrom),
    ...sourceOf({
      source: value('source'),
      sourceUrl: value('source-url'),
      sourceSha256: value('source-sha256'),
      sourceEtag: value('source-etag'),
      sourceLastModified: value('source-last-modified'),
    }),
    missingColumns: value('missing-columns').split(' ').filter(Boolean),
    contributions: list<SourceFacts & { spans: SpanText[]; missingColumns: string[] }>('contributions').map(
      (each): Contribution => ({ ...each, spans: each.spans.map(spanFrom) }),
    ),
  };
  return { path: value('path'), facts };
}

function holeFrom([start, end, kind, evidence]: readonly [string, string, string, string]): Hole {
  return { ...spanFrom([start, end]), ...(kind ? { kind } : {}), ...(evidence ? { evidence } : {}) };
}

/** The major version that a file says it has, or undefined where it says none. */
export function majorVersion(metadata: ReadonlyMap<string, string>): number | undefined {
  const match = /^(\d{1,6})\.\d{1,6}$/.exec(metadata.get(`${PREFIX}format`) ?? '');
  return match === null ? undefined : Number(match[1]);
}
