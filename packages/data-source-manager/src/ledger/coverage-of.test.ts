import { keysBetween, spanOf } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { span } from '../__fixtures__/market.ts';
import { GAP_KINDS } from '../contract/coverage.ts';
import { coverageOf } from './coverage-of.ts';
import type { KnownFacts } from '../contract/ports.ts';
import { clip, union } from '../spans/spans.ts';

const HOUR = 3_600_000_000n;
const complete = (date: string, extra: object = {}): KnownFacts => ({
  source: 'vision',
  state: 'complete',
  layout: 'new',
  rows: 24,
  spans: [spanOf(date)],
  holes: [],
  ...extra,
});

const dayHours = fc
  .tuple(fc.nat({ max: 24 }), fc.nat({ max: 24 }))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

describe(coverageOf, () => {
  it('divides a range into spans and gaps without rest and without overlap', () => {
    const dates = ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04'];
    const anyFacts = fc.oneof(
      fc.constant('none' as const),
      fc.constant('absent' as const),
      fc.record({ parts: fc.array(dayHours, { maxLength: 3 }), holes: fc.array(dayHours, { maxLength: 3 }) }),
    );
    const inDay = (date: string, [from, to]: readonly [number, number]) => {
      const { start } = spanOf(date);
      return { start: start + BigInt(from) * HOUR, end: start + BigInt(to) * HOUR };
    };
    fc.assert(
      fc.property(
        fc.tuple(anyFacts, anyFacts, anyFacts, anyFacts),
        fc.nat({ max: 95 }),
        fc.nat({ max: 95 }),
        fc.nat({ max: 120 }),
        (kinds, a, b, now) => {
          const origin = spanOf('2024-01-01').start;
          const asked = { start: origin + BigInt(Math.min(a, b)) * HOUR, end: origin + BigInt(Math.max(a, b)) * HOUR };
          const keys = keysBetween({ symbol: 'BTCUSDT', interval: '1h', ...asked } as never);
          const facts = keys.map((key): KnownFacts => {
            const kind = kinds[dates.indexOf(key.date)]!;
            if (kind === 'none') return undefined;
            if (kind === 'absent') {
              return {
                state: 'absent',
                source: 'vision',
                kind: 'no-data',
                evidence: 'x',
                askedAt: 0n,
                believedUntil: 1n,
              };
            }
            const parts = union(kind.parts.map((part) => inDay(key.date, part)));
            const holes = union(kind.holes.map((part) => inDay(key.date, part))).flatMap((hole) => clip(parts, hole));
            return complete(key.date, { spans: parts, holes, state: 'partial' });
          });
          const coverage = coverageOf({ span: asked, keys, facts, interval: '1h', now: origin + BigInt(now) * HOUR });
          const all = [...coverage.spans, ...coverage.gaps].sort((x, y) => (x.start < y.start ? -1 : 1));
          let at = asked.start;
          for (const { start, end } of all) {
            expect(start).toBe(at);
            expect(end).toBeGreaterThan(start);
            at = end;
          }
          expect(at).toBe(asked.end);
          expect(coverage.complete).toBe(coverage.gaps.length === 0);
          expect(coverage.gaps.every(({ kind }) => GAP_KINDS.includes(kind))).toBe(true);
        },
      ),
    );
  });

  it('makes one gap of an outage over midnight', () => {
    const asked = span('2018-02-08', '2018-02-10');
    const keys = keysBetween({ symbol: 'BTCUSDT', interval: '1h', ...asked } as never);
    const why = { kind: 'exchange-outage', evidence: 'table' };
    const facts = [
      complete('2018-02-08', { holes: [{ ...span('2018-02-08T01:00', '2018-02-09'), ...why, asked: [] }] }),
      complete('2018-02-09', { holes: [{ ...span('2018-02-09', '2018-02-09T09:00'), ...why, asked: [] }] }),
    ];
    const { gaps } = coverageOf({ span: asked, keys, facts, interval: '1h', now: spanOf('2024-01-01').start });
    expect(gaps).toEqual([{ ...span('2018-02-08T01:00', '2018-02-09T09:00'), ...why }]);
  });
});
