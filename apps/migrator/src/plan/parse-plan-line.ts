import { isInterval, isMarketSymbol } from '@vision-cache/cache-keys';
import type {
  FoundIndex,
  LeftAlone,
  PlanHeader,
  PlanLine,
  PlanTotals,
  PlannedFile,
} from '../contract/migration-plan.ts';
import { isNewPath, isSafePath } from '../contract/safe-path.ts';

type Unknown = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isSha256 = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isOneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    (words as readonly unknown[]).includes(value);
const isCounts: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isCount);
const isRoot: Check = (value) =>
  typeof value === 'string' && /^([/\\]|[A-Za-z]:[/\\])/.test(value) && !value.includes('\0');

/** For each member of a type, what its value has to be. */
type Checks<T> = Readonly<Record<keyof T, Check>>;

const FILE: Checks<PlannedFile> = {
  file: isSafePath,
  size: isCount,
  changed: Number.isSafeInteger,
  date: (value) => value === null || (typeof value === 'string' && /^\d{4}-\d{2}(-\d{2})?$/.test(value)),
  generations: isListOf(isText),
  container: isText,
  fate: isOneOf('migrate', 'refuse', 'skip'),
  sure: isOneOf('certain', 'by-content'),
  reason: isOptional(isText),
  market: isOneOf('spot', 'um', 'cm', 'option'),
  symbol: (value) => typeof value === 'string' && isMarketSymbol(value),
  intervals: isListOf((value) => typeof value === 'string' && isInterval(value)),
  sha256: isOptional(isSha256),
  rows: isOptional(isCount),
  targets: isOptional(isListOf(isNewPath)),
};

const HEADER: Checks<PlanHeader> = {
  plan: isOneOf('vision-cache-migration'),
  version: isCount,
  from: isRoot,
  to: isRoot,
  market: isOneOf('spot', 'um', 'cm'),
  marketGiven: (value) => typeof value === 'boolean',
  layout: (value) => value === null || typeof value === 'string',
  deep: (value) => typeof value === 'boolean',
};

const TOTALS: Checks<PlanTotals['totals']> = {
  files: isCount,
  bytes: isCount,
  needed: isCount,
  migrate: isCount,
  refuse: isCount,
  skip: isCount,
  left: isCount,
  indexes: isCount,
  sealed: isCount,
  byGeneration: isCounts,
  byReason: isCounts,
  caches: isOptional(isCounts),
};

const LEFT: Checks<LeftAlone> = { left: isText, why: isText };
const INDEX: Checks<FoundIndex> = { index: isText, entries: isCount, present: isCount, checksums: isCount };

function fits<T>(value: object, checks: Checks<T>): value is T & object {
  return Object.entries<Check>(checks).every(([name, check]) => check((value as Unknown)[name]));
}

function parse(text: string): Unknown | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** The first line of a plan, or undefined if it is none. Pure. */
export function parseHeader(text: string): PlanHeader | undefined {
  const value = parse(text);
  return value !== undefined && fits(value, HEADER) ? value : undefined;
}

/** The last line of a plan: the totals, and in plans of version 2 the checksum of all before it. Pure. */
export function parseTotals(text: string): (PlanTotals & { readonly sha256?: string }) | undefined {
  const value = parse(text);
  const { totals, sha256 } = value ?? {};
  if (typeof totals !== 'object' || totals === null || !fits(totals, TOTALS)) return undefined;
  if (sha256 === undefined) return { totals };
  return isSha256(sha256) ? { totals, sha256 } : undefined;
}

/** A line between the first and the last, or undefined if it is damaged. Nothing of it has to be checked again. Pure. */
export function parsePlanLine(text: string): PlanLine | undefined {
  const value = parse(text);
  if (value === undefined) return undefined;
  if ('file' in value) return fits(value, FILE) ? value : undefined;
  if ('left' in value) return fits(value, LEFT) ? value : undefined;
  if ('index' in value) return fits(value, INDEX) ? value : undefined;
  return undefined;
}
