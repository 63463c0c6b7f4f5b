import type { Asked, Hole } from '../contract/entry-facts.ts';
import {
  type OptionKind,
  type OptionKinds,
  aName,
  aText,
  anObject,
  anything,
  checkOptions,
  names,
} from '../contract/options.ts';

const isInstant = (value: unknown): boolean => typeof value === 'bigint';
const isSpan = (value: unknown): boolean => {
  const { start, end } = (value ?? {}) as { readonly start?: unknown; readonly end?: unknown };
  return isInstant(start) && isInstant(end) && (start as bigint) <= (end as bigint);
};
const instant: OptionKind = { expected: 'epoch microseconds, a bigint', is: isInstant };
const listOf = (expected: string, is: (value: unknown) => boolean): OptionKind => ({
  expected: `an array of ${expected}`,
  is: (value) => Array.isArray(value) && value.every(is),
});
const OUTCOMES: ReadonlySet<unknown> = new Set<Asked['outcome']>(['not-published', 'no-rows', 'unknown-symbol']);

function isAsked(value: unknown): boolean {
  const { source, object, span, outcome } = (value ?? {}) as { readonly [Name in keyof Asked]?: unknown };
  const isOne = object === undefined ? isSpan(span) : aName.is(object) && span === undefined;
  return aName.is(source) && isOne && OUTCOMES.has(outcome);
}
const ASKED = '{ source, object or span, outcome }, with an outcome that is an answer: a failure is not one';
const asked = listOf(ASKED, isAsked);

function isHole(value: unknown): boolean {
  const { kind, evidence, asked: questions, believedUntil } = (value ?? {}) as { readonly [Name in keyof Hole]?: unknown }; // prettier-ignore
  return (
    isSpan(value) &&
    (kind === undefined || aText.is(kind)) &&
    (evidence === undefined || aText.is(evidence)) &&
    (questions === undefined || asked.is(questions)) &&
    (believedUntil === undefined || isInstant(believedUntil))
  );
}

function isRangeOfIds(value: unknown): boolean {
  const { from, to, after, before } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return [from, to].every(isInstant) && [after, before].every((time) => time === undefined || isInstant(time));
}

function isDigest(value: unknown): boolean {
  const { algorithm, hex } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const digits = algorithm === 'sha256' ? 64 : algorithm === 'md5' ? 32 : undefined;
  return typeof hex === 'string' && hex.length === digits && /^[\da-f]+$/.test(hex);
}

const counts: OptionKind = {
  expected: 'an object of counts, numbers from 0 on',
  is: (value) => anObject.is(value) && Object.values(value as object).every((count) => Number.isSafeInteger(count) && (count as number) >= 0), // prettier-ignore
};

const FACTS: OptionKinds = {
  source: aName,
  sourceUrl: aText,
  sourceSha256: aText,
  sourceDigest: { expected: '{ algorithm: "md5" or "sha256", hex } with small digits', is: isDigest },
  sourceEtag: aText,
  sourceLastModified: aText,
  spans: listOf('{ start, end }, bigints, where the end is not before the start', isSpan),
  holes: listOf(
    `{ start, end, kind?, evidence?, asked?, believedUntil? }, where asked is an array of ${ASKED}`,
    isHole,
  ),
  missingIds: listOf('{ from, to, after?, before? }, bigints', isRangeOfIds),
  quality: counts,
  missingColumns: names,
  asOf: anything, // a time input, which has a door of its own
};
/** Facts of an entry may be given as they were read: what follows from the rows is found anew. */
const DERIVED: OptionKinds = Object.fromEntries(
  ['state', 'rows', 'first', 'last', 'contributions', 'layout'].map((name) => [name, anything]),
);
const SAVE_FACTS: OptionKinds = { ...FACTS, ...DERIVED };

/** @throws {ArrowStoreError} `E_OPTION` where facts of rows cannot be meant. */
export function checkSaveFacts(facts: unknown): void {
  checkOptions(facts, SAVE_FACTS, 'save: facts');
}

const ABSENT: OptionKinds = {
  state: anything,
  source: aText,
  kind: aText,
  evidence: aText,
  askedAt: instant,
  believedUntil: instant,
  asked,
};

/** @throws {ArrowStoreError} `E_OPTION` where what is to be remembered of an absence cannot be meant. */
export function checkAbsentFacts(facts: unknown): void {
  checkOptions(facts, ABSENT, 'saveAbsent: facts');
}
