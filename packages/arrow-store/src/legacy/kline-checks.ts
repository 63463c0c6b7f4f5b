import { isoText } from '@vision-cache/cache-keys';
import { refusal } from '../containers/refusal.ts';

/** What rounding in the archive, or in 32 bits, may take a value out of its bounds by. */
const SLACK = 1.01;

/** The whole exchange has not had as many trades in a month, the longest bar. */
const MOST_TRADES = 1e11;

/**
 * Whether rows that have every column of a spot-like market can be bars: what {@link assertBars} and
 * {@link assertAveragePrices} ask, in one pass. Where they cannot, or a column is missing, those say what is wrong.
 */
export function areBars(rows: number, columns: ReadonlyMap<string, Float64Array>): boolean {
  const [open, high, low, close] = [columns.get('open'), columns.get('high'), columns.get('low'), columns.get('close')];
  const [volume, quote, count] = [columns.get('volume'), columns.get('quote_volume'), columns.get('count')];
  const [taker, takerQuote] = [columns.get('taker_buy_volume'), columns.get('taker_buy_quote_volume')];
  if (open === undefined || high === undefined || low === undefined || close === undefined) return false;
  if (volume === undefined || quote === undefined || count === undefined) return false;
  if (taker === undefined || takerQuote === undefined) return false;
  for (let row = 0; row < rows; row++) {
    const [least, most, trades] = [low[row]!, high[row]!, count[row]!];
    if (!(least >= 0 && least <= open[row]! && least <= close[row]! && open[row]! <= most && close[row]! <= most))
      return false;
    if (!(trades >= 0 && trades <= MOST_TRADES)) return false;
    const [amount, sum, part, paid] = [volume[row]!, quote[row]!, taker[row]!, takerQuote[row]!];
    if (!(amount >= 0 && sum >= 0 && within(part, amount) && within(paid, sum))) return false;
    if (!(isPriced(sum, amount, least, most) && isPriced(paid, part, least, most))) return false;
  }
  return true;
}

/** Amounts are rounded at the eighth decimal, once a trade. */
const isPriced = (sum: number, amount: number, least: number, most: number): boolean =>
  !(sum > amount * most * SLACK + 1e-3 || sum * SLACK + 1e-3 < amount * least);

/**
 * Refuses rows that cannot be bars: one flipped bit in a price is found here, where no checksum tells.
 * @throws {ArrowStoreError} `E_LOGICAL`
 */
export function assertBars(times: Float64Array, columns: ReadonlyMap<string, Float64Array>, priced: boolean): void {
  const nothing = new Float64Array(times.length);
  const of = (name: string): Float64Array => columns.get(name) ?? nothing;
  const [open, high, low, close] = [of('open'), of('high'), of('low'), of('close')];
  const [volume, quote, count] = [of('volume'), of('quote_volume'), of('count')];
  // Of a whole that is missing every part is possible.
  const taker = volume === nothing ? nothing : of('taker_buy_volume');
  const takerQuote = quote === nothing ? nothing : of('taker_buy_quote_volume');
  for (let row = 0; row < times.length; row++) {
    const least = low[row]!;
    const most = high[row]!;
    if (!(least <= open[row]! && least <= close[row]! && open[row]! <= most && close[row]! <= most)) {
      impossible(times, row, 'prices', `open ${open[row]}, high ${most}, low ${least}, close ${close[row]}`);
    }
    if (!priced) continue;
    if (least < 0) impossible(times, row, 'prices', `low ${least}`);
    const traded = volume[row]!;
    const paid = quote[row]!;
    const trades = count[row]!;
    if (traded < 0 || paid < 0) impossible(times, row, 'volume', `volume ${traded}, quote_volume ${paid}`);
    if (trades < 0 || trades > MOST_TRADES) impossible(times, row, 'volume', `count ${trades}`);
    if (!within(taker[row]!, traded)) {
      impossible(times, row, 'volume', `taker_buy_volume ${taker[row]} of ${traded}`);
    }
    if (!within(takerQuote[row]!, paid)) {
      impossible(times, row, 'volume', `taker_buy_quote_volume ${takerQuote[row]} of ${paid}`);
    }
  }
}

const within = (part: number, whole: number): boolean => part >= 0 && part <= whole * SLACK + 1e-6;

/**
 * The average price of a bar lies between its low and its high, that of its taker buys too. Only where volume counts the
 * base asset and the quote volume the quote asset; a coin-margined contract's does not.
 */
export function assertAveragePrices(times: Float64Array, columns: ReadonlyMap<string, Float64Array>): void {
  const high = columns.get('high')!;
  const low = columns.get('low')!;
  for (const [base, quote] of [
    ['volume', 'quote_volume'],
    ['taker_buy_volume', 'taker_buy_quote_volume'],
  ] as const) {
    const traded = columns.get(base);
    const paid = columns.get(quote);
    if (traded === undefined || paid === undefined) continue;
    for (let row = 0; row < times.length; row++) {
      const amount = traded[row]!;
      const sum = paid[row]!;
      if (!isPriced(sum, amount, low[row]!, high[row]!)) {
        impossible(times, row, 'volume', `${quote} ${sum} for a ${base} of ${amount} at ${low[row]} to ${high[row]}`);
      }
    }
  }
}

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
