import { isoText } from '@vision-cache/cache-keys';
import { refusal } from './refusal.ts';

/** What rounding in the archive, or in 32 bits, may take a value out of its bounds by. */
const SLACK = 1.01;

/**
 * Refuses rows that cannot be bars: one flipped bit in a price is found here, where no checksum tells.
 * @throws {ArrowStoreError} `E_LOGICAL`
 */
export function assertBars(times: Float64Array, columns: ReadonlyMap<string, Float64Array>, priced: boolean): void {
  const open = columns.get('open')!;
  const high = columns.get('high')!;
  const low = columns.get('low')!;
  const close = columns.get('close')!;
  const volume = columns.get('volume');
  const quote = columns.get('quote_volume');
  const taker = columns.get('taker_buy_volume');
  const takerQuote = columns.get('taker_buy_quote_volume');
  const count = columns.get('count');
  for (let row = 0; row < times.length; row++) {
    const least = low[row]!;
    const most = high[row]!;
    if (!(least <= open[row]! && least <= close[row]! && open[row]! <= most && close[row]! <= most)) {
      impossible(times, row, 'prices', `open ${open[row]}, high ${most}, low ${least}, close ${close[row]}`);
    }
    if (!priced) continue;
    if (least < 0) impossible(times, row, 'prices', `low ${least}`);
    const traded = volume?.[row] ?? 0;
    const paid = quote?.[row] ?? 0;
    if (traded < 0 || paid < 0 || (count?.[row] ?? 0) < 0) impossible(times, row, 'volume', `volume ${traded}`);
    if (taker !== undefined && volume !== undefined && !within(taker[row]!, traded)) {
      impossible(times, row, 'volume', `taker_buy_volume ${taker[row]} of ${traded}`);
    }
    if (takerQuote !== undefined && quote !== undefined && !within(takerQuote[row]!, paid)) {
      impossible(times, row, 'volume', `taker_buy_quote_volume ${takerQuote[row]} of ${paid}`);
    }
  }
}

const within = (part: number, whole: number): boolean => part >= 0 && part <= whole * SLACK + 1e-6;

/**
 * The average price of a bar lies between its low and its high. Only where volume counts the base asset and the quote
 * volume the quote asset; a coin-margined contract's does not.
 */
export function assertAveragePrices(times: Float64Array, columns: ReadonlyMap<string, Float64Array>): void {
  const high = columns.get('high')!;
  const low = columns.get('low')!;
  const volume = columns.get('volume');
  const quote = columns.get('quote_volume');
  if (volume === undefined || quote === undefined) return;
  for (let row = 0; row < times.length; row++) {
    const traded = volume[row]!;
    const paid = quote[row]!;
    // Amounts are rounded at the eighth decimal, once a trade.
    if (paid > traded * high[row]! * SLACK + 1e-3 || paid * SLACK + 1e-3 < traded * low[row]!) {
      impossible(times, row, 'volume', `quote_volume ${paid} for a volume of ${traded} at ${low[row]} to ${high[row]}`);
    }
  }
}

function impossible(times: Float64Array, row: number, what: string, values: string): never {
  const at = isoText(BigInt(times[row]!));
  throw refusal('E_LOGICAL', `impossible-${what}`, `The bar of ${at} cannot be: ${values}.`);
}
