import type { MissingIds, TimeSpan } from '@vision-cache/cache-keys';
import type { Contribution, EntryState, Hole, SourceDigest, SourceFacts, StoredFacts } from '../contract/entry-facts.ts'; // prettier-ignore
import { type AskedText, askedFrom, askedText } from './asked.ts';
import { EMPTY_SEAL } from '../frame/seal.ts';
import type { KnownName, Metadata } from '../frame/metadata-bytes.ts';

/** Version of the format. A newer major may mean other bytes; a newer minor only more metadata. */
export const FORMAT = { major: 1, minor: 1 } as const;
export const FORMAT_VERSION = `${FORMAT.major}.${FORMAT.minor}`;

const PREFIX = 'vision-cache.';
/** Every name, in the order in which they stand in a file: those of 1.0, then those of 1.1. */
const SHORT_NAMES = [
  'seal', 'format', 'path', 'rows', 'first', 'last', 'state', 'spans', 'holes', 'source', 'source-url', 'source-sha256',
  'source-etag', 'source-last-modified', 'missing-columns', 'contributions',
  'asked', 'missing-ids', 'quality', 'source-digest', 'column-crc32',
] as const; // prettier-ignore
const NAMES = SHORT_NAMES.map((name) => PREFIX + name);
/** A value for each name, in their order. */
export type Values = TextFor<typeof SHORT_NAMES>;
type TextFor<Names extends readonly unknown[]> = { readonly [Place in keyof Names]: string };
/** Its value is filled in when the columns' bytes are known. */
export const COLUMN_CRC32 = `${PREFIX}column-crc32`;
/** Their bytes: while a file has just these names, none of them has to be decoded. */
export const KNOWN_NAMES: readonly KnownName[] = NAMES.map((name) => ({ name, bytes: new TextEncoder().encode(name) }));

type SpanText = readonly [start: string, end: string];

const spanText = ({ start, end }: TimeSpan): SpanText => [String(start), String(end)];
const spanFrom = ([start, end]: SpanText): TimeSpan => ({ start: BigInt(start), end: BigInt(end) });

/** The metadata of a file, in the order in which it stands there. Every name is always there; what is unknown is empty. */
export function metadataOf(path: string, facts: StoredFacts): Metadata {
  const { missingIds = [], quality = {} } = facts;
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
    memoriesText(facts.holes),
    missingIds.length === 0 ? '' : JSON.stringify(missingIds.map(idsText)),
    Object.keys(quality).length === 0 ? '' : JSON.stringify(sorted(quality)),
    digestText(facts.sourceDigest),
    '',
  ];
  return values.map((value, index) => [NAMES[index]!, value] as const);
}

/** Only what is known: `sourceUrl` and so on are left out where they are not. */
export function sourceOf(facts: SourceFacts): SourceFacts {
  const { source, sourceUrl, sourceDigest, sourceEtag, sourceLastModified } = facts;
  const sourceSha256 = facts.sourceSha256 || (sourceDigest?.algorithm === 'sha256' ? sourceDigest.hex : undefined);
  const known: { -readonly [Name in keyof SourceFacts]: SourceFacts[Name] } = { source };
  if (sourceUrl) known.sourceUrl = sourceUrl;
  if (sourceSha256) known.sourceSha256 = sourceSha256;
  if (sourceDigest) known.sourceDigest = { algorithm: sourceDigest.algorithm, hex: sourceDigest.hex };
  if (sourceEtag) known.sourceEtag = sourceEtag;
  if (sourceLastModified) known.sourceLastModified = sourceLastModified;
  return known;
}

/** The values in the order of {@link NAMES}, whatever names a newer minor version has put among them. */
export function valuesOf(metadata: Metadata): Values {
  if (NAMES.every((name, index) => metadata[index]?.[0] === name))
    return metadata.map(([, value]) => value) as readonly string[] as Values;
  const named = new Map(metadata);
  return NAMES.map((name) => named.get(name) ?? '') as readonly string[] as Values;
}

const list = <T>(text: string): readonly T[] => (text === '' ? [] : (JSON.parse(text) as readonly T[]));
const time = (text: string): bigint | undefined => (text === '' ? undefined : BigInt(text));

/** What the metadata says. The seal has been checked before, so that it can be taken at its word. */
export function factsFrom(values: Values): { readonly path: string; readonly facts: StoredFacts } {
  // Those of 1.1 are empty in a file of 1.0.
  const [, , path, rows, first, last, state, spans, holes, source, url, sha256, etag, modified, missing, contributions,
    asked, missingIds, quality, digest] = values; // prettier-ignore
  const memories = list<HoleMemory | null>(asked);
  const facts: StoredFacts = {
    state: state as EntryState,
    rows: Number(rows),
    first: time(first),
    last: time(last),
    spans: list<SpanText>(spans).map(spanFrom),
    holes: list<HoleText>(holes).map((hole, index) => holeFrom(hole, memories[index])),
    ...sourceOf({
      source: source,
      sourceUrl: url,
      sourceSha256: sha256,
      sourceEtag: etag,
      sourceLastModified: modified,
      ...digestFrom(digest),
    }),
    missingColumns: missing === '' ? [] : missing.split(' '),
    contributions: list<SourceFacts & { spans: SpanText[]; missingColumns: string[] }>(contributions).map(
      (each): Contribution => ({ ...each, spans: each.spans.map(spanFrom) }),
    ),
    ...(missingIds === '' ? {} : { missingIds: list<IdsText>(missingIds).map(idsFrom) }),
    ...(quality === '' ? {} : { quality: JSON.parse(quality) as Record<string, number> }),
  };
  return { path: path, facts };
}

type HoleText = readonly [start: string, end: string, kind: string, evidence: string];
/** Beside a hole, in its order: a reader of 1.0 has no place for it in the list of holes. */
interface HoleMemory {
  readonly asked?: readonly AskedText[];
  readonly believedUntil?: string;
}

function memoriesText(holes: readonly Hole[]): string {
  if (!holes.some(({ asked, believedUntil }) => asked !== undefined || believedUntil !== undefined)) return '';
  const memories = holes.map(({ asked, believedUntil }): HoleMemory | null =>
    asked === undefined && believedUntil === undefined
      ? null
      : {
          ...(asked === undefined ? {} : { asked: asked.map(askedText) }),
          ...(believedUntil === undefined ? {} : { believedUntil: String(believedUntil) }),
        },
  );
  return JSON.stringify(memories);
}

function holeFrom([start, end, kind, evidence]: HoleText, memory: HoleMemory | null | undefined): Hole {
  return {
    ...spanFrom([start, end]),
    ...(kind ? { kind } : {}),
    ...(evidence ? { evidence } : {}),
    ...(memory?.asked === undefined ? {} : { asked: memory.asked.map(askedFrom) }),
    ...(memory?.believedUntil === undefined ? {} : { believedUntil: BigInt(memory.believedUntil) }),
  };
}

type IdsText = readonly [from: string, to: string, after: string, before: string];

const idsText = ({ from, to, after, before }: MissingIds): IdsText => [
  String(from), String(to), after === undefined ? '' : String(after), before === undefined ? '' : String(before),
]; // prettier-ignore

function idsFrom([from, to, after, before]: IdsText): MissingIds {
  return {
    from: BigInt(from),
    to: BigInt(to),
    ...(after === '' ? {} : { after: BigInt(after) }),
    ...(before === '' ? {} : { before: BigInt(before) }),
  };
}

/** The same counts are the same bytes, in whatever order they were given. */
const sorted = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));

const digestText = (digest: SourceDigest | undefined): string =>
  digest === undefined ? '' : `${digest.algorithm}:${digest.hex}`;

function digestFrom(text: string): { readonly sourceDigest?: SourceDigest } {
  const [algorithm, hex] = text.split(':');
  if ((algorithm !== 'sha256' && algorithm !== 'md5') || hex === undefined) return {};
  return { sourceDigest: { algorithm, hex } };
}

/** CRC-32 of each column, in the order of the columns, eight small hex digits each; undefined in a file of 1.0. */
export function columnCrcsOf(values: readonly string[]): readonly string[] | undefined {
  const text = values[NAMES.length - 1]!;
  return text === '' ? undefined : text.split(' ');
}

/** The major version that a file says it has, or undefined if it says none. */
export function majorVersion(values: readonly string[]): number | undefined {
  const match = /^(\d{1,6})\.\d{1,6}$/.exec(values[1]!);
  return match === null ? undefined : Number(match[1]);
}
