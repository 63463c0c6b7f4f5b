import { textNumber } from './field-text.ts';
import { dateTimeMicroseconds, timestampUnit } from './timestamp-unit.ts';

/** As a spreadsheet writes a time, `1.70407E+12`: another time within hours may have been there. */
const ROUNDED = /^\d(?:\.\d{0,5})?[eE]/;

/** The time that a field says, epoch microseconds UTC, and in which form; undefined if it says none. */
export function timeOfText(
  text: string,
): { readonly value: number; readonly form: 'milliseconds' | 'microseconds' | 'text' } | undefined {
  if (text[4] === '-') {
    const value = dateTimeMicroseconds(text);
    return value === undefined || timestampUnit(value) !== 'us' ? undefined : { value, form: 'text' };
  }
  const value = ROUNDED.test(text) ? undefined : textNumber(text);
  if (value === undefined || !Number.isInteger(value)) return undefined;
  const unit = timestampUnit(value);
  if (unit === 'ms') return { value: value * 1000, form: 'milliseconds' };
  return unit === 'us' ? { value, form: 'microseconds' } : undefined;
}
