import { it } from '@jest/globals';
import type { Gap, GapKind, SourcePort } from '../index.ts';
import { DataSourceManager } from '../index.ts';
import type { FakeCache } from '../__fixtures__/fake-cache.ts';
import { NOW } from '../__fixtures__/compose.ts';
import { KNOWN_RED } from './known-red.fixture.ts';

/** One hour bars of a symbol that is traded for some months only. */
export const HOURS = { symbol: 'NEWUSDT', interval: '1h' } as const;
export const BTC_HOURS = { symbol: 'BTCUSDT', interval: '1h' } as const;
/** Answers with what there is. */
export const LOOSE = { strict: false } as const;

/** A test of one claim. A claim of the list of known faults must fail; when it holds it is to be taken off the list. */
export function fault(id: string, claim: string, run: () => Promise<void>): void {
  if (!KNOWN_RED.includes(id)) {
    it(`${id}: ${claim}`, run);
    return;
  }
  it(`${id} (known red): ${claim}`, async () => {
    let isRed = false;
    try {
      await run();
    } catch {
      isRed = true;
    }
    if (!isRed) throw new Error(`${id} holds now: take it off the list in known-red.fixture.ts`);
  });
}

/** The days of `[start, end)`, as they name files. */
export function days(start: string, end: string): string[] {
  const names: string[] = [];
  for (let at = Date.parse(start); at < Date.parse(end); at += 86_400_000) {
    names.push(new Date(at).toISOString().slice(0, 10));
  }
  return names;
}

/** Gaps without their evidence, as text: `kind start..end`. */
export function told(gaps: readonly Gap[]): string[] {
  return gaps.map(({ kind, start, end }) => `${kind} ${iso(start)}..${iso(end)}`);
}

/** The kinds of the gaps that lie in a span, at least in part. */
export function kindsWithin(gaps: readonly Gap[], within: { readonly start: bigint; readonly end: bigint }): GapKind[] {
  return gaps.filter(({ start, end }) => start < within.end && end > within.start).map(({ kind }) => kind);
}

/** `2024-01-31T10` for an hour, the day alone for midnight. */
function iso(instant: bigint): string {
  return new Date(Number(instant / 1000n)).toISOString().replace(/(T00)?:00:00\.000Z$|:00\.000Z$/, '');
}

/** A manager over sources of its own, in the order in which they are asked. */
export function managerOf(cache: FakeCache, sources: readonly SourcePort[], now: string = NOW): DataSourceManager {
  return new DataSourceManager({ cache, sources, now: () => Date.parse(now) });
}

/** Spans of a range source that it was asked for more than once, in one symbol. */
export function askedTwice(
  asked: readonly { readonly symbol: string; readonly start: bigint; readonly end: bigint }[],
  symbol: string,
): string[] {
  const spans = asked.filter((each) => each.symbol === symbol).sort((a, b) => (a.start < b.start ? -1 : 1));
  return spans.flatMap((each, index) =>
    index > 0 && spans[index - 1]!.end > each.start ? [`${iso(each.start)}..${iso(each.end)}`] : [],
  );
}
