import { isInterval, isMarketSymbol } from '@vision-cache/cache-keys';
import type { LeftAlone, PlanHeader, PlanLine, PlanTotals, PlannedFile } from '../contract/migration-plan.ts';
import { isNewPath, isSafePath } from '../contract/safe-path.ts';

type Unknown = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isSha256: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
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

const FILE: Readonly<Record<string, Check>> = {
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

const HEADER: Readonly<Record<string, Check>> = {
  plan: isOneOf('vision-cache-migration'),
  version: isCount,
  from: isRoot,
  to: isRoot,
  market: isOneOf('spot', 'um', 'cm'),
  marketGiven: (value) => typeof value === 'boolean',
  layout: (value) => value === null || typeof value === 'string',
  deep: (value) => typeof value === 'boolean',
};

const TOTALS: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(
    ['files', 'bytes', 'needed', 'migrate', 'refuse', 'skip', 'left', 'indexes', 'sealed'].map((name) => [
      name,
      isCount,
    ]),
  ),
  byGeneration: isCounts,
  byReason: isCounts,
  caches: isOptional(isCounts),
};

const fits = (value: Unknown, checks: Readonly<Record<string, Check>>): boolean =>
  Object.entries(checks).every(([name, check]) => check(value[name]));

function parse(text: string): Unknown | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** The first line of a plan, or undefined where it is none. Pure. */
export function parseHeader(text: string): PlanHeader | undefined {
  const value = parse(text);
  return value !== undefined && fits(value, HEADER) ? (value as unknown as PlanHeader) : undefined;
}

/** The last line of a plan: the totals, and in plans of version 2 the checksum of all before it. Pure. */
export function parseTotals(text: string): (PlanTotals & { readonly sha256?: string }) | undefined {
  const value = parse(text);
  const { totals, sha256 } = value ?? {};
  if (typeof totals !== 'object' || totals === null || !fits(totals as Unknown, TOTALS)) return undefined;
  if (sha256 !== undefined && !isSha256(sha256)) return undefined;
  return value as unknown as PlanTotals & { readonly sha256?: string };
}

/** A line between the first and the last, or undefined where it is damaged. Nothing of it has to be checked again. Pure. */
export function parsePlanLine(text: string): PlanLine | undefined {
  const value = parse(text);
  if (value === undefined) return undefined;
  if ('file' in value) return fits(value, FILE) ? (value as unknown as PlannedFile) : undefined;
  if ('left' in value)
    return isText(value['left']) && isText(value['why']) ? (value as unknown as LeftAlone) : undefined;
  if ('index' in value)
    return isText(value['index']) && fits(value, { entries: isCount, present: isCount, checksums: isCount })
      ? (value as unknown as PlanLine)
      : undefined;
  return undefined;
}
