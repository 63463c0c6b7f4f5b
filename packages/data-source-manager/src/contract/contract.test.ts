import { isMarketSymbol } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import {
  DataSourceError,
  EXPECTED_GAPS,
  GAP_KINDS,
  isDataSourceError,
  KNOWN_OUTAGES,
  KNOWN_OUTAGES_VERSION,
  knownOutage,
  MARKET_HALT_SYMBOLS,
} from '../index.ts';

describe('EXPECTED_GAPS', () => {
  it('are kinds of gaps, without those that another request may fill', () => {
    expect(EXPECTED_GAPS.filter((kind) => !GAP_KINDS.includes(kind))).toEqual([]);
    for (const kind of ['source-failed', 'not-cached', 'publisher-hole'] as const)
      expect(EXPECTED_GAPS).not.toContain(kind);
  });
});

describe(DataSourceError, () => {
  it('is told from other errors, by its code too', () => {
    const error = new DataSourceError('E_OPTION', 'no such option', { option: 'a', received: 1 }, { cause: 'b' });
    expect(error).toMatchObject({ name: 'DataSourceError', code: 'E_OPTION', details: { option: 'a' }, cause: 'b' });
    expect([
      isDataSourceError(error),
      isDataSourceError(error, 'E_OPTION'),
      isDataSourceError(error, 'E_QUERY'),
    ]).toEqual([true, true, false]);
    expect(isDataSourceError(Object.assign(new Error('no such option'), { code: 'E_OPTION' }))).toBe(false);
  });
});

describe('KNOWN_OUTAGES_VERSION', () => {
  it('stands in the evidence that the table gives', () => {
    const [{ from }] = KNOWN_OUTAGES as [(typeof KNOWN_OUTAGES)[number]];
    const start = BigInt(Date.parse(from)) * 1000n;
    const found = knownOutage({ exchange: 'binance', marketType: 'spot' }, { start, end: start + 60_000_000n });
    expect(found).toContain(`table ${KNOWN_OUTAGES_VERSION}:`);
  });
});

describe('MARKET_HALT_SYMBOLS', () => {
  it('are three symbols of each market that has REST', () => {
    expect(Object.keys(MARKET_HALT_SYMBOLS).sort()).toEqual(['cm', 'spot', 'um']);
    for (const symbols of Object.values(MARKET_HALT_SYMBOLS)) {
      expect(new Set(symbols).size).toBe(3);
      expect(symbols.filter((symbol) => !isMarketSymbol(symbol))).toEqual([]);
    }
  });
});
