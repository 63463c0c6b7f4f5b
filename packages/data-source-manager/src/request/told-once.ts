import { isoText, type TimeSpan } from '@vision-cache/cache-keys';
import { counted } from '../contract/counted.ts';
import type { Coverage } from '../contract/coverage.ts';
import { DataSourceError } from '../contract/errors.ts';
import type { KnownFacts, Quality } from '../contract/ports.ts';
import { storageWarnings } from '../contract/storage-warnings.ts';
import { qualityWarning, sumQuality } from '../rows/quality.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** What is odd about the rows of an answer and no gap, summed over its entries. Pure. */
export function qualityOfLedger(ledger: Ledger): Quality {
  const isThere = ledger.damaged.map((index) => isStored(ledger.entries[index]?.facts));
  const healed = isThere.filter(Boolean).length;
  const damaged = isThere.length - healed;
  return {
    ...sumQuality(ledger.entries.map(({ facts }) => facts)),
    ...(healed === 0 ? {} : { healed }),
    ...(damaged === 0 ? {} : { damaged }),
  };
}

const isStored = (facts: KnownFacts): boolean => facts !== undefined && facts.state !== 'absent';

/** What is said once of many files: a sentence each with a count, and never one for each file. Pure. */
export function warningsOf(ledger: Ledger, coverage: Coverage, quality: Quality): readonly string[] {
  const told = [
    shortWarning(coverage),
    relistingWarning(ledger, coverage),
    qualityWarning(quality),
    fallBackWarning(ledger),
  ];
  return [...storageWarnings(ledger.notStored), ...told.filter((text) => text !== undefined)];
}

function shortWarning({ gaps, missingIds }: Coverage): string | undefined {
  const short = gaps.filter(({ kind }) => kind === 'short-file');
  const [gap] = short;
  const [ids] = missingIds;
  const parts: string[] = [];
  if (gap !== undefined) {
    const first = `${isoText(gap.start)} to ${isoText(gap.end)} (${gap.evidence})`;
    parts.push(
      `${counted(short.length, 'gap')} in files that lack expected rows and that no source can fill, the first ${first}`,
    );
  }
  if (ids !== undefined) {
    const count = missingIds.reduce((sum, { from, to }) => sum + (to - from + 1n), 0n);
    parts.push(
      `${counted(count, 'id')} missing in ${counted(missingIds.length, 'place')}, the first ${ids.from} to ${ids.to}`,
    );
  }
  return parts.length === 0 ? undefined : `Expected rows are missing: ${parts.join('; ')}.`;
}

/** One name for what may be two assets, where the answer has rows of both. */
function relistingWarning({ query }: Ledger, { gaps, spans }: Coverage): string | undefined {
  const [first, last] = [spans[0], spans.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const pauses = gaps.filter(({ kind, start, end }) => kind === 'delisted' && first.start < start && last.start >= end);
  const [pause] = pauses;
  if (pause === undefined) return undefined;
  const when = `${isoText(pause.start)} to ${isoText(pause.end)}`;
  const symbol = query.keys[0]?.symbol ?? 'The symbol';
  const more = pauses.length > 1 ? `, and in ${counted(pauses.length - 1, 'later pause')}` : '';
  return `${symbol} was not traded from ${when}${more}, and was listed again: rows before and after may be of different assets.`;
}

/** Months whose file failed while their days came. */
function fallBackWarning({ entries }: Ledger): string | undefined {
  const failed = new Map<string, string>();
  for (const { answers, facts, whole } of entries) {
    if (facts === undefined || facts.state === 'absent' || facts.rows === 0) continue;
    for (const { type, question, evidence } of answers) {
      const { object, span } = question;
      if (type !== 'failure' || object === undefined || span.end - span.start <= whole.end - whole.start) continue;
      failed.set(`${question.source} ${object}`, evidence);
    }
  }
  const [first] = failed;
  if (first === undefined) return undefined;
  return `${counted(failed.size, 'monthly file')} could not be read, so the daily files were used, the first ${first[0]}: ${first[1]}`;
}

/**
 * Where a file of a part has rows out of the order of time.
 * @throws {DataSourceError} `E_ORDER`
 */
export function refuseUnsorted({ quality }: { readonly quality: Quality }, span: TimeSpan): void {
  const { unsorted = 0 } = quality;
  if (unsorted === 0) return;
  const within = `${isoText(span.start)} to ${isoText(span.end)}`;
  const message = `${counted(unsorted, 'row')} were out of time order in files of ${within}.`;
  throw new DataSourceError('E_ORDER', message, { unsorted, span });
}
