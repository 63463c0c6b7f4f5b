import { describe, expect, it } from '@jest/globals';
import { CacheKeyError, isCacheKeyError, quote } from './errors.ts';

describe(isCacheKeyError, () => {
  it('knows one that a second copy of this package threw', () => {
    const ofOtherCopy = Object.assign(new Error('no'), { [Symbol.for('vision-cache.CacheKeyError')]: true });
    expect(isCacheKeyError(new CacheKeyError('E_KEY_DATE', 'no', { received: '' }))).toBe(true);
    expect(isCacheKeyError(ofOtherCopy)).toBe(true);
  });

  it.each([undefined, null, 'E_KEY_DATE', new Error('no'), {}, { code: 'E_KEY_DATE' }])(
    'knows that %p is none',
    (value) => {
      expect(isCacheKeyError(value)).toBe(false);
    },
  );
});

describe(CacheKeyError, () => {
  it('is an Error with a name, a code, details and a cause', () => {
    const cause = new Error('why');
    const error = new CacheKeyError('E_KEY_PATH', 'no path', { received: 'x' }, { cause });
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe('CacheKeyError: no path');
    expect(error).toMatchObject({ name: 'CacheKeyError', code: 'E_KEY_PATH', details: { received: 'x' }, cause });
  });
});

describe(quote, () => {
  it.each<[unknown, string]>([
    ['BTCUSDT', '"BTCUSDT"'],
    ['a"b\\c\n', '"a\\"b\\\\c\\n"'],
    ['\u001b[31mred', '"\\u001b[31mred"'],
    ['a\u202eb\u200bc\u2028d\u009be\ufefff', '"a\\u202eb\\u200bc\\u2028d\\u009be\\ufefff"'],
    ['\ud800', '"\\ud800"'],
    ['x'.repeat(80), `"${'x'.repeat(80)}"`],
    ['x'.repeat(81), `"${'x'.repeat(77)}..."`],
    [12, '12'],
    [12n, '12n'],
    [NaN, 'NaN'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [new Date('2024-01-01'), '2024-01-01T00:00:00.000Z'],
    [new Date(NaN), 'an invalid Date'],
    [['a'], 'an array'],
    [{ toString: () => '\u001b' }, 'an object'],
    [Object.create(null), 'an object'],
    [() => 1, 'a function'],
    [Symbol('\u001b'), 'a symbol'],
  ])('shows %p so that a terminal stays whole', (value, shown) => {
    expect(quote(value)).toBe(shown);
  });
});
