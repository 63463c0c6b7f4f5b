import { CacheKeyError, quote } from './errors.ts';

declare const symbolBrand: unique symbol;
/** A symbol that is known to be safe as a file name everywhere, and different from every other one. */
export type MarketSymbol = string & { readonly [symbolBrand]: true };

const PLAIN = /^[A-Z0-9][A-Z0-9_-]{0,63}$/;
const PATTERN = /^[\p{Lu}\p{Lo}\p{N}][\p{Lu}\p{Lo}\p{N}_-]{0,63}$/u;
/** Letters that show nothing, such as U+3164: a case-insensitive ext4 passes over them when it compares names. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;
const DEVICE = /^(?:CON|PRN|AUX|NUL|(?:COM|LPT)[0-9¹²³])$/i;
/** A name of this many bytes leaves room for `-liquidationSnapshot-2024-01-01.zip.CHECKSUM` within 255. */
const MAX_BYTES = 200;

/** Whether Windows keeps the name for a device, in every folder and any case. */
export function isDeviceName(text: string): boolean {
  return DEVICE.test(text);
}

/**
 * Whether a symbol is one: capital letters, letters of scripts without case, digits, `_` and `-`, at most 64 of them.
 * No two such symbols are alike when case, composition and invisible letters are ignored, as some file systems do:
 * each is composed (NFC), the capital form of its own small form, and without invisible letters.
 */
export function isMarketSymbol(text: string): text is MarketSymbol {
  if (PLAIN.test(text)) return !isDeviceName(text);
  return (
    PATTERN.test(text) &&
    !IGNORABLE.test(text) &&
    text.normalize('NFC') === text &&
    text.toLowerCase().toUpperCase() === text &&
    !isDeviceName(text) &&
    utf8Length(text) <= MAX_BYTES
  );
}

/**
 * Takes a symbol from outside.
 * @throws {CacheKeyError} `E_KEY_SYMBOL`, with a suggestion if the capital or composed form is valid.
 */
export function marketSymbol(text: unknown): MarketSymbol {
  if (typeof text === 'string' && isMarketSymbol(text)) return text;
  const suggestion = typeof text === 'string' ? suggest(text) : undefined;
  const hint = suggestion === undefined ? '' : `; did you mean ${quote(suggestion)}?`;
  throw new CacheKeyError(
    'E_KEY_SYMBOL',
    `${quote(text)} is not a symbol: capital letters, digits, "_" and "-" are allowed, as in BTCUSDT${hint}`,
    { received: text, suggestion },
  );
}

/** `BASE/QUOTE:SETTLED-DATE`, as ccxt writes what is settled; spot has no part behind the quote. */
const UNIFIED = /^([^/:\s]{1,40})\/([^/:\s]{1,20})(?::([^/:\s-]{1,20})(?:-(\d{6}))?)?$/;

/** ccxt's name as Binance writes it: `BTC/USDT:USDT` is BTCUSDT, `BTC/USD:BTC` is BTCUSD_PERP. */
function ofUnified(text: string): string | undefined {
  const match = UNIFIED.exec(text);
  if (match === null) return undefined;
  const [, base = '', quoted = '', settled, date] = match as (string | undefined)[];
  const end = date ?? (settled !== undefined && settled.toUpperCase() === base.toUpperCase() ? 'PERP' : undefined);
  return `${base}${quoted}${end === undefined ? '' : `_${end}`}`;
}

/** The text in capitals, then without what no symbol has: `btc/usdt` is meant to be BTCUSDT. */
function suggest(text: string): string | undefined {
  if (text.length > 100) return undefined;
  const candidates = [ofUnified(text) ?? text, text.replace(/[^\p{L}\p{N}_-]/gu, '')];
  return candidates.map((each) => each.normalize('NFC').toUpperCase()).find((each) => isMarketSymbol(each));
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
