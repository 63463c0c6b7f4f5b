import { describe, expect, it } from '@jest/globals';
import { fieldText, isWord, POWERS_OF_TEN, textBoolean, textInteger, textNumber } from './field-text.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (text: string): string => fieldText(bytesOf(`,${text},`), 1, bytesOf(text).length + 1);

describe('POWERS_OF_TEN', () => {
  it('are the 23 that a float64 holds exactly', () => {
    expect(POWERS_OF_TEN.length).toBe(23);
    POWERS_OF_TEN.forEach((power, index) => expect(BigInt(power)).toBe(10n ** BigInt(index)));
  });
});

describe(fieldText, () => {
  it.each([
    ['1.5', '1.5'],
    ['"1.5"', '1.5'],
    ['""', ''],
    ['"', '"'],
    ['"x', '"x'],
    ['x"', 'x"'],
    ['币安人生', '币安人生'],
    ['\u007f', '\u007f'],
    ['é', 'é'],
  ])('reads %j as %j', (text, expected) => expect(textOf(text)).toBe(expected));

  it('ends after 256 bytes', () => {
    expect(textOf('x'.repeat(300))).toBe('x'.repeat(256));
  });
});

describe(textNumber, () => {
  it.each([
    ['0', 0],
    ['1.50', 1.5],
    ['-.5', -0.5],
    ['1e-8', 1e-8],
    ['9'.repeat(29), 1e29],
    [`0.${'1'.repeat(28)}`, 1 / 9],
    [`${'1'.repeat(20)}.${'0'.repeat(9)}`, Number('1'.repeat(20))],
  ])('reads %s', (text, value) => expect(textNumber(text)).toBeCloseTo(value, 12));

  it.each(['', 'x', '1e999', '9'.repeat(30), `1.${'0'.repeat(29)}`, '1_000', 'NaN', 'Infinity', ' 1'])(
    'refuses %j',
    (text) => expect(textNumber(text)).toBeUndefined(),
  );
});

describe(textInteger, () => {
  it.each([
    ['0', 0n],
    ['-7', -7n],
    ['12.000', 12n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['-9223372036854775807', 1n - 2n ** 63n],
  ])('reads %s', (text, value) => expect(textInteger(text)).toBe(value));

  it.each(['9223372036854775808', '-9223372036854775808', '1.5', '', '+1', '12345678901234567890'])(
    'refuses %j',
    (text) => expect(textInteger(text)).toBeUndefined(),
  );
});

describe(textBoolean, () => {
  it.each([
    ['true', 1],
    ['True', 1],
    ['1', 1],
    ['FALSE', 0],
    ['0', 0],
    ['2', undefined],
    ['', undefined],
    ['truely', undefined],
  ])('reads %j as %s', (text, value) => expect(textBoolean(text)).toBe(value));
});

describe(isWord, () => {
  it.each(['BUY', 'BTC-240628-60000-C', '币安人生USDT', 'a b'])('takes %s', (text) => expect(isWord(text)).toBe(true));
  it.each(['', '=1+1', '"x"', '\u0007', `x${'y'.repeat(128)}`])('refuses %j', (text) =>
    expect(isWord(text)).toBe(false),
  );
});
