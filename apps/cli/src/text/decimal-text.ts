/** A number in digits alone, as the archive writes it: 0.00000025, where JavaScript writes 2.5e-7. Exact both ways. */
export function decimalText(value: number): string {
  const text = String(value);
  const at = text.indexOf('e');
  if (at === -1) return text;
  const exponent = Number(text.slice(at + 1));
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.slice(0, at)) ?? [];
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length
    ? `${sign}${digits.padEnd(point, '0')}`
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
