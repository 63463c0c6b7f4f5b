import type { Bars } from '../market/bars.ts';
import type { SeriesProfile } from '../market/series-profile.ts';
import { TextWriter } from './text-writer.ts';

// Taken once: within a test runner's own realm, each look-up of a global is slow.
const { floor } = Math;

const COMMA = 44;
const QUOTE = 34;
const LINE_FEED = 10;
const OPENING_BRACKET = 91;
const CLOSING_BRACKET = 93;
/** Longer than any bar: twelve fields of at most 20 bytes. */
const ROW_BYTES = 320;

/** Bars as the lines of an archive's file: no header, times in milliseconds or microseconds. */
export function barLines(bars: Bars, profile: SeriesProfile, unit: 'ms' | 'us'): Uint8Array {
  const writer = new TextWriter(bars.length * 140 + ROW_BYTES);
  for (let row = 0; row < bars.length; row++) {
    writer.reserve(ROW_BYTES);
    writeBar(writer, bars, row, profile, unit === 'ms' ? 1000 : 1, 0);
    writer.byte(LINE_FEED);
  }
  return writer.finish();
}

/** Bars as REST answers them: arrays of twelve, prices and volumes as text, times in milliseconds. */
export function barJson(bars: Bars, profile: SeriesProfile): string {
  const writer = new TextWriter(bars.length * 170 + ROW_BYTES);
  writer.byte(OPENING_BRACKET);
  for (let row = 0; row < bars.length; row++) {
    writer.reserve(ROW_BYTES);
    if (row > 0) writer.byte(COMMA);
    writer.byte(OPENING_BRACKET);
    writeBar(writer, bars, row, profile, 1000, QUOTE);
    writer.byte(CLOSING_BRACKET);
  }
  writer.byte(CLOSING_BRACKET);
  return new TextDecoder().decode(writer.finish());
}

/** Both forms have the same fields in the same order; `quote` is 0 for none around the decimals. */
function writeBar(
  writer: TextWriter,
  bars: Bars,
  row: number,
  profile: SeriesProfile,
  microsecondsPerUnit: number,
  quote: number,
): void {
  writer.integer(floor(bars.openTime[row]! / microsecondsPerUnit));
  writePrice(writer, bars.open[row]!, profile, quote);
  writePrice(writer, bars.high[row]!, profile, quote);
  writePrice(writer, bars.low[row]!, profile, quote);
  writePrice(writer, bars.close[row]!, profile, quote);
  writeVolume(writer, bars.volume[row]!, profile, quote);
  writer.byte(COMMA);
  writer.integer(floor(bars.closeTime[row]! / microsecondsPerUnit));
  writeQuoteVolume(writer, bars.quoteUnits[row]!, bars.quoteRest[row]!, profile, quote);
  writer.byte(COMMA);
  writer.integer(bars.count[row]!);
  writeVolume(writer, bars.takerVolume[row]!, profile, quote);
  writeQuoteVolume(writer, bars.takerQuoteUnits[row]!, bars.takerQuoteRest[row]!, profile, quote);
  begin(writer, quote);
  writer.integer(0);
  end(writer, quote);
}

function begin(writer: TextWriter, quote: number): void {
  writer.byte(COMMA);
  if (quote !== 0) writer.byte(quote);
}

function end(writer: TextWriter, quote: number): void {
  if (quote !== 0) writer.byte(quote);
}

function writePrice(writer: TextWriter, ticks: number, profile: SeriesProfile, quote: number): void {
  begin(writer, quote);
  writer.decimal(ticks, profile.priceDecimals, profile.pricePlaces);
  end(writer, quote);
}

function writeVolume(writer: TextWriter, lots: number, profile: SeriesProfile, quote: number): void {
  begin(writer, quote);
  writer.decimal(lots, profile.lotDecimals, profile.volumePlaces);
  end(writer, quote);
}

function writeQuoteVolume(
  writer: TextWriter,
  units: number,
  rest: number,
  profile: SeriesProfile,
  quote: number,
): void {
  const scale = 10 ** profile.quoteDecimals;
  const carry = floor(rest / scale); // sums of rests carry into the units, differences borrow from them
  begin(writer, quote);
  writer.parts(units + carry, rest - carry * scale, profile.quoteDecimals, profile.quoteDecimals);
  end(writer, quote);
}
