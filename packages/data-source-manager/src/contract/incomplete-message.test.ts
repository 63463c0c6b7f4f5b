import { describe, expect, it } from '@jest/globals';
import type { Gap, GapKind } from './coverage.ts';
import { incompleteMessage } from './incomplete-message.ts';

const START = 1_704_067_200_000_000n;

const gapsOf = (...kinds: readonly GapKind[]): Gap[] =>
  kinds.map((kind) => ({ start: START, end: START + 86_400_000_000n, kind, evidence: 'rest: answered without rows.' }));

const said = (...kinds: readonly GapKind[]): string => {
  const gaps = gapsOf(...kinds);
  return incompleteMessage('spot BTCUSDT 1m klines', gaps[0]!, gaps);
};

describe(incompleteMessage, () => {
  it('names the first gap with its reason', () => {
    expect(said('no-data')).toMatch(
      /^spot BTCUSDT 1m klines is incomplete: no-data, 2024-01-01T00:00:00Z to 2024-01-02T00:00:00Z \(rest: answered without rows\)\. /,
    );
  });

  it('counts the others, one of them and many', () => {
    const many = Array.from({ length: 31 }, (): GapKind => 'no-data');
    expect(said('no-data')).not.toContain('more gap');
    expect(said('no-data', 'no-data')).toContain('), and 1 more gap. ');
    expect(said(...many)).toContain('), and 30 more gaps. ');
  });

  it('says what to do about a source that failed, about a cache asked alone, and about what nobody has', () => {
    expect(said('no-data', 'source-failed')).toContain('repeat the request to fetch only the rest.');
    expect(said('not-cached')).toContain("without mode: 'offline'");
    expect(said('no-data', 'publisher-hole')).toContain("allow: ['no-data', 'publisher-hole']");
  });
});
