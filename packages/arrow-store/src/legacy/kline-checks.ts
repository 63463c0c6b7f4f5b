import { isoText } from '@vision-cache/cache-keys';
import { refusal } from '../containers/refusal.ts';

/** Rounding in the archive, or in 32-bit floats, may move a value this factor beyond its bounds. */
const SLACK = 1.01;

/** More trades than the whole exchange has had in a month, the longest bar. */
const MOST_TRADES = 1e11;

/**
 * Refuses rows that cannot be bars. It is the only check that finds one flipped bit in a price, because old files have no
 * checksum. One pass over the rows.
 * @param volumeUnit The unit of the dataset's `volume`. With 'none' only prices are checked. Only with 'base' is
 * `quote_volume / volume` a price, which must lie between low and high; a coin-margined contract counts its volume otherwise.
 * @throws {ArrowStoreError} `E_LOGICAL`
 */
export function assertBars(
  times: Float64Array,
  columns: ReadonlyMap<string, Float64Array>,
  volumeUnit: string | undefined,
): void {
  const nothing = new Float64Array(times.length);
  const of = (name: string): Float64Array => columns.get(name) ?? nothing;
  const [open, high, low, close] = [of('open'), of('high'), of('low'), of('close')];
  const [volume, quote, count] = [of('volume'), of('quote_volume'), of('count')];
  // If the total is missing, any taker part is possible.
  const taker = volume === nothing ? nothing : of('taker_buy_volume');
  const takerQuote = quote === nothing ? nothing : of('taker_buy_quote_volume');
  const hasVolumes = volumeUnit !== 'none';
  const isAveraged = volumeUnit === 'base' && volume !== nothing && quote !== nothing;
  const isTakerAveraged = isAveraged && taker !== nothing && takerQuote !== nothing;
  for (let row = 0; row < times.length; row++) {
    const least = low[row]!;
    const most = high[row]!;
    if (!(least <= open[row]! && least <= close[row]! && open[row]! <= most && close[row]! <= most)) {
      impossible(times, row, 'prices', `open ${open[row]}, high ${most}, low ${least}, close ${close[row]}`);
    }
    if (!hasVolumes) continue;
    if (least < 0) impossible(times, row, 'prices', `low ${least}`);
    const traded = volume[row]!;
    const paid = quote[row]!;
    const trades = count[row]!;
    const takerTraded = taker[row]!;
    const takerPaid = takerQuote[row]!;
    if (traded < 0 || paid < 0) impossible(times, row, 'volume', `volume ${traded}, quote_volume ${paid}`);
    if (trades < 0 || trades > MOST_TRADES) impossible(times, row, 'volume', `count ${trades}`);
    if (!within(takerTraded, traded)) impossible(times, row, 'volume', `taker_buy_volume ${takerTraded} of ${traded}`);
    if (!within(takerPaid, paid)) impossible(times, row, 'volume', `taker_buy_quote_volume ${takerPaid} of ${paid}`);
    if (isAveraged && !isPriced(paid, traded, least, most)) {
      impossible(times, row, 'volume', `quote_volume ${paid} for a volume of ${traded} at ${least} to ${most}`);
    }
    if (isTakerAveraged && !isPriced(takerPaid, takerTraded, least, most)) {
      const paidText = `taker_buy_quote_volume ${takerPaid} for a taker_buy_volume of ${takerTraded}`;
      impossible(times, row, 'volume', `${paidText} at ${least} to ${most}`);
    }
  }
}

const within = (part: number, whole: number): boolean => part >= 0 && part <= whole * SLACK + 1e-6;

/** Whether an average price lies between low and high. Amounts are rounded at the eighth decimal, once per trade. */
const isPriced = (sum: number, amount: number, least: number, most: number): boolean =>
  !(sum > amount * most * SLACK + 1e-3 || sum * SLACK + 1e-3 < amount * least);

/** Binance writes at most eight decimals. */
const STEPS = 1e8;
/** Above this a 64-bit float is too coarse to tell the eighth decimal from a wrong one. */
const MAX_TOLD = 5e6;
const MIN_ROWS = 12;
/** From here on neighbouring 64-bit floats are whole numbers. */
const INTEGERS = 1.5 * 2 ** 52;

/**
 * Where all values of a column have at most the eight decimals of the archive and one or two do not, those were damaged.
 * Where many do not, they were computed, and nothing can be said. A parser's last-bit errors are let through.
 */
export function assertDecimals(times: Float64Array, columns: ReadonlyMap<string, Float64Array>): void {
  if (times.length < MIN_ROWS) return;
  for (const [name, column] of columns) {
    if (hasFewDecimals(column)) continue;
    let bad = -1;
    let found = 0;
    for (let row = 0; row < column.length; row++) {
      const value = column[row]!;
      const steps = value * STEPS;
      if (value > MAX_TOLD) continue;
      if (Math.abs(steps - Math.round(steps)) > Math.max(1e-6, steps * 1e-15) || (steps > 0 && steps < 0.5)) {
        found += 1;
        if (bad === -1) bad = row;
      }
    }
    if (found > 0 && found <= 2)
      impossible(times, bad, 'decimals', `${name} ${column[bad]} has more than eight decimals`);
  }
}

/** The usual case, by additions alone: a sum with 1.5 * 2^52 has no digits behind the point. */
function hasFewDecimals(column: Float64Array): boolean {
  let odd = 0;
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    const steps = value * STEPS;
    if (!(Math.abs(steps - (steps + INTEGERS - INTEGERS)) <= steps * 1e-15) && !(value > MAX_TOLD)) odd += 1;
  }
  return odd === 0;
}

function impossible(times: Float64Array, row: number, what: string, values: string): never {
  const at = isoText(BigInt(times[row]!));
  throw refusal('E_LOGICAL', `impossible-${what}`, `The bar of ${at} is impossible: ${values}.`);
}
