import { CacheKeyError, quote } from '../contract/errors.ts';

/** What of a key is looked at: the market, the nature and the symbol. */
export interface NamedSymbol {
  readonly exchange: string;
  readonly marketType: string;
  readonly dataNature: string;
  readonly symbol: string;
}

/** Why a symbol is none of its market, and what was probably meant. */
export interface SymbolFault {
  readonly reason: string;
  /** The market that writes its symbols so, where it is another one. */
  readonly marketType?: string;
  /** The symbol that was probably meant. */
  readonly suggestion?: string;
}

const COIN_CONTRACT = /USD_(?:PERP|\d{6})$/;
const DATED = /_\d{6}$/;
const DASHED = /^([A-Z0-9]{1,20})-([A-Z0-9]{2,10})(?:-(?:SWAP|PERP))?$/;

/**
 * What is wrong with the form of a symbol for Binance's market, or undefined if it is possible. Since 2026-06-30 each
 * of the futures hosts answers klines for symbols of both, so that a wrong market would be answered with data.
 */
export function symbolFault({ exchange, marketType, dataNature, symbol }: NamedSymbol): SymbolFault | undefined {
  if (exchange !== 'binance') return undefined;
  const dashed = marketType === 'option' ? null : DASHED.exec(symbol);
  if (dashed !== null) {
    const joined = `${dashed[1]!}${dashed[2]!}`;
    return {
      reason: 'Binance writes its symbols without "-"',
      suggestion:
        marketType === 'cm' && dashed[2] === 'USD' && dataNature !== 'indexPriceKlines' ? `${joined}_PERP` : joined,
    };
  }
  if ((marketType === 'um' || marketType === 'spot') && COIN_CONTRACT.test(symbol)) {
    return { reason: 'it has the form of a COIN-M contract', marketType: 'cm' };
  }
  if (marketType === 'spot' && DATED.test(symbol)) {
    return { reason: 'it has the form of a dated contract', marketType: 'um' };
  }
  // COIN-M's index is of the pair; all else of COIN-M is of a contract.
  if (marketType === 'cm' && dataNature !== 'indexPriceKlines' && !symbol.includes('_')) {
    const reason = 'the contracts of COIN-M have an underscore, as in BTCUSD_PERP';
    return symbol.endsWith('USD') ? { reason, suggestion: `${symbol}_PERP` } : { reason, marketType: 'um' };
  }
  return undefined;
}

/**
 * Refuses a symbol whose form is another market's, before anybody is asked for it.
 * @throws {CacheKeyError} `E_KEY_SYMBOL`
 */
export function refuseForeignSymbol(named: NamedSymbol): void {
  const fault = symbolFault(named);
  if (fault === undefined) return;
  const { reason, marketType, suggestion } = fault;
  const hint = [
    ...(suggestion === undefined ? [] : [`did you mean ${quote(suggestion)}?`]),
    ...(marketType === undefined ? [] : [`did you mean marketType ${quote(marketType)}?`]),
  ].join(' ');
  throw new CacheKeyError(
    'E_KEY_SYMBOL',
    `${quote(named.symbol)} is not a symbol of ${named.exchange} ${named.marketType}: ${reason}; ${hint}`,
    { received: named.symbol, suggestion },
  );
}
