import type { TimeSpan } from '@vision-cache/cache-keys';
import type { Contribution, EntryState, Hole, SourceFacts, StoredFacts } from '../entry-facts.ts';
import { EMPTY_SEAL } from './seal.ts';
import type { KnownName, Metadata } from './metadata-bytes.ts';

/** Version of the format. A newer major may mean other bytes; a newer minor only more metadata. */
export const FORMAT = { major: 1, minor: 0 } as const;
export const FORMAT_VERSION = `${FORMAT.major}.${FORMAT.minor}`;

const PREFIX = 'vision-cache.';
/** Every name, in the order in which they stand in a file. */
const NAMES = [
  'seal', 'format', 'path', 'rows', 'first', 'last', 'state', 'spans', 'holes', 'source', 'source-url', 'source-sha256',
  'source-etag', 'source-last-modified', 'missing-columns', 'contributions',
].map((name) => PREFIX + name); // prettier-ignore
/** Their bytes: while a file has just these names, none of them has to be decoded. */
export const KNOWN_NAMES: readonly KnownName[] = NAMES.map((name) => ({ name, bytes: new TextEncoder().encode(name) }));

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
  const values = [
    EMPTY_SEAL,
    FORMAT_VERSION,
    path,
    String(facts.rows),
    facts.first === undefined ? '' : String(facts.first),
    facts.last === undefined ? '' : String(facts.last),
    facts.state,
    JSON.stringify(facts.spans.map(spanText)),
    holes.length === 0 ? '' : JSON.stringify(holes),
    facts.source,
    facts.sourceUrl ?? '',
    facts.sourceSha256 ?? '',
    facts.sourceEtag ?? '',
    facts.sourceLastModified ?? '',
    facts.missingColumns.join(' '),
    contributions.length === 0 ? '' : JSON.stringify(contributions),
  ];
  return values.map((value, index) => [NAMES[index]!, value] as const);
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

/** The values in the order of {@link NAMES}, whatever names a newer minor version has put among them. */
export function valuesOf(metadata: Metadata): readonly string[] {
  if (NAMES.every((name, index) => metadata[index]?.[0] === name)) return metadata.map(([, value]) => value);
  const named = new Map(metadata);
  return NAMES.map((name) => named.get(name) ?? '');
}

const list = <T>(text: string): readonly T[] => (text === '' ? [] : (JSON.parse(text) as readonly T[]));
const time = (text: string): bigint | undefined => (text === '' ? undefined : BigInt(text));

/** What the metadata says. The seal has been checked before, so that it can be taken at its word. */
export function factsFrom(values: readonly string[]): { readonly path: string; readonly facts: StoredFacts } {
  const [
    ,
    ,
    path,
    rows,
    first,
    last,
    state,
    spans,
    holes,
    source,
    url,
    sha256,
    etag,
    modified,
    missing,
    contributions,
  ] = values;
  const facts: StoredFacts = {
    state: state as EntryState,
    rows: Number(rows),
    first: time(first!),
    last: time(last!),
    spans: list<SpanText>(spans!).map(spanFrom),
    holes: list<readonly [string, string, string, string]>(holes!).map(holeFrom),
    ...sourceOf({
      source: source!,
      sourceUrl: url!,
      sourceSha256: sha256!,
      sourceEtag: etag!,
      sourceLastModified: modified!,
    }),
    missingColumns: missing === '' ? [] : missing!.split(' '),
    contributions: list<SourceFacts & { spans: SpanText[]; missingColumns: string[] }>(contributions!).map(
      (each): Contribution => ({ ...each, spans: each.spans.map(spanFrom) }),
    ),
  };
  return { path: path!, facts };
}

function holeFrom([start, end, kind, evidence]: readonly [string, string, string, string]): Hole {
  return { ...spanFrom([start, end]), ...(kind ? { kind } : {}), ...(evidence ? { evidence } : {}) };
}

/** The major version that a file says it has, or undefined where it says none. */
export function majorVersion(values: readonly string[]): number | undefined {
  const match = /^(\d{1,6})\.\d{1,6}$/.exec(values[1]!);
  return match === null ? undefined : Number(match[1]);
}
