/** The powers of ten that a float64 holds exactly. */
export const POWERS_OF_TEN: Float64Array = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** A number with more digits is none of the archive's; the longest real one has 20. */
const MOST_DIGITS = 29;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const INTEGER = /^-?\d{1,19}(?:\.0*)?$/;
const INT64_MAX = 2n ** 63n - 1n;
/** What names, sides and contract symbols consist of: a formula, a quote or a control character is none. */
const WORD = /^[\p{L}\p{N}_][\p{L}\p{N}_.:\-/ ]{0,127}$/u;

/** A field as text, without quotes around it. */
export function fieldText(bytes: Uint8Array, from: number, to: number): string {
  let isAscii = true;
  let text = '';
  const end = Math.min(to, from + 256);
  for (let at = from; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= 128) isAscii = false;
    text += String.fromCharCode(byte);
  }
  if (!isAscii) text = new TextDecoder().decode(bytes.subarray(from, end));
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

/** The float64 nearest to a decimal, also in scientific notation; undefined if the text is no finite number. */
export function textNumber(text: string): number | undefined {
  if (text.length > 64 || !NUMBER.test(text)) return undefined;
  let digits = 0;
  for (const character of text) if (character >= '0' && character <= '9') digits++;
  const value = Number(text);
  return digits > MOST_DIGITS || !Number.isFinite(value) ? undefined : value;
}

/** A whole number of 64 bits; undefined if the text is none. */
export function textInteger(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text.split('.')[0]!);
  return value > INT64_MAX || value < -INT64_MAX ? undefined : value;
}

export function textBoolean(text: string): 0 | 1 | undefined {
  if (/^true$/i.test(text) || text === '1') return 1;
  return /^false$/i.test(text) || text === '0' ? 0 : undefined;
}

export function isWord(text: string): boolean {
  return WORD.test(text);
}
