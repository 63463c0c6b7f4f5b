import { describe, expect, it } from '@jest/globals';
import { unknownSymbol } from './unknown-symbol.ts';

describe(unknownSymbol, () => {
  it("takes Binance's refusal of a symbol for an answer", () => {
    expect(unknownSymbol({ details: { binanceCode: -1121 } })).toContain('-1121');
    expect(unknownSymbol({ details: { binanceCode: -1122 } })).toContain('-1122');
  });

  it('takes nothing else for one', () => {
    const others = [{ details: { binanceCode: -1003 } }, { details: null }, new Error('reset'), undefined, null, 'no'];
    for (const error of others) expect(unknownSymbol(error)).toBeUndefined();
  });
});
