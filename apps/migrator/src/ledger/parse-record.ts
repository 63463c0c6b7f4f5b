import { CACHE_TAG } from '@vision-cache/arrow-store';
import { ALL_FATES } from '../contract/outcome.ts';
import { HIDDEN, isNewPath, isSafePath } from '../contract/safe-path.ts';
import type { JournalRecord, RecordName } from './records.ts';

type Unknown = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isText: Check = (value) => typeof value === 'string';
const isSha256: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isFingerprint: Check = (value) => typeof value === 'string' && /^(seal|bytes):[0-9a-f]{64}$/.test(value);
const isList =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
/** The names are listed once: this runs for every part of every line. */
const isObject = (checks: Readonly<Record<string, Check>>): Check => {
  const listed = Object.entries(checks);
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    for (const [name, check] of listed) if (!check((value as Unknown)[name])) return false;
    return true;
  };
};

const FATE_NAMES: ReadonlySet<unknown> = new Set(ALL_FATES);

const ANNOUNCED: Readonly<Record<string, Check>> = {
  path: isNewPath,
  before: (value) => value === null || isFingerprint(value),
  backup: (value) => value === null || isCount(value),
};

const isOutcome = isObject({
  fate: (value) => FATE_NAMES.has(value),
  flags: isList(isText),
  reason: isOptional(isText),
  message: isOptional(isText),
  rowsIn: isCount,
  rowsOut: isCount,
  duplicates: isCount,
  refused: isCount,
  targets: isList(isObject({ path: isNewPath, rows: isCount })),
  conflicts: isOptional(isList(isObject({ time: isText, column: isText }))),
  wrote: isList(isObject({ ...ANNOUNCED, after: isFingerprint })),
});

/** A root itself, its own folder or tag, or folders above it: all that a rollback may remove besides what it wrote. */
const isMachinery: Check = (value) =>
  value === '' || value === HIDDEN || value === CACHE_TAG || (isText(value) && /^\.\.(\/\.\.)*$/.test(value as string));
const isMadePlace: Check = (value) =>
  Array.isArray(value) && value.length === 2 && (value[0] === 'from' || value[0] === 'to') && isMachinery(value[1]);

const RECORDS = {
  begin: { plan: isText, sha256: isOptional(isSha256), fresh: isList(isMadePlace) },
  folders: { made: isList(isSafePath) },
  intent: { i: isCount, sha256: isSha256, to: isList(isObject(ANNOUNCED)) },
  done: {
    i: isCount,
    outcome: isOutcome,
    seen: isOptional(isObject({ size: isCount, changed: Number.isSafeInteger, sha256: isOptional(isSha256) })),
    holds: isOptional(isList(isFingerprint)),
  },
  remove: { i: isCount, file: isSafePath },
  kept: { i: isCount, file: isSafePath, why: isText },
  end: {},
  finish: {},
} satisfies Readonly<Record<RecordName, Readonly<Record<string, Check>>>>;

const CHECKS: ReadonlyMap<unknown, Check> = new Map(
  Object.entries(RECORDS).map(([name, fields]) => [name, isObject(fields)]),
);

/** A record whose every part is what it should be, with paths that stay in their roots; else undefined. Pure. */
export function parseRecord(value: unknown): JournalRecord | undefined {
  const isRecord = CHECKS.get((value as Unknown | null | undefined)?.['t']);
  return isRecord?.(value) === true ? (value as JournalRecord) : undefined;
}
