import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, win32 } from 'node:path';
import { cachePath, parseCachePath } from '../paths/cache-path.ts';
import { cacheKey } from './catalog.ts';
import { CacheKeyError, isCacheKeyError } from '../contract/errors.ts';
import { anySymbol, SYMBOLS } from './key.fixture.ts';
import { isMarketSymbol, marketSymbol } from '../contract/symbol.ts';
import { parseVisionObjectKey, visionObjectKey } from '../paths/vision-object.ts';
import { runs } from '../contract/runs.fixture.ts';

describe(marketSymbol, () => {
  it.each(SYMBOLS)('takes %s', (symbol) => {
    expect(marketSymbol(symbol)).toBe(symbol);
  });

  it('takes 64 characters and not 65', () => {
    expect(isMarketSymbol('A'.repeat(64))).toBe(true);
    expect(isMarketSymbol('A'.repeat(65))).toBe(false);
    expect(isMarketSymbol('币'.repeat(64))).toBe(true);
    expect(isMarketSymbol('币'.repeat(65))).toBe(false);
  });

  it('takes 200 bytes and no more, of which a character beyond the basic plane has four', () => {
    expect(isMarketSymbol('\u{10000}'.repeat(50))).toBe(true);
    expect(isMarketSymbol('\u{10000}'.repeat(51))).toBe(false);
  });

  it('suggests nothing where it knows nothing better', () => {
    expect(() => marketSymbol('???')).toThrow(/as in BTCUSDT$/);
  });

  it('refuses names of more bytes than a file name has room for', () => {
    const fourBytes = '𠮷';
    expect(isMarketSymbol(fourBytes.repeat(50))).toBe(true);
    expect(isMarketSymbol(fourBytes.repeat(51))).toBe(false);
    expect(isMarketSymbol(`Ä${'𠮷'.repeat(49)}ÄÄ`)).toBe(false);
    expect(isMarketSymbol(`Ä${'𠮷'.repeat(49)}Ä`)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a step up', '..'],
    ['a path up', '../BTCUSDT'],
    ['a path up in the middle', 'BTC/../../USDT'],
    ['a slash', 'BTC/USDT'],
    ['a backslash', 'BTC\\USDT'],
    ['an absolute path', '/etc/passwd'],
    ['a drive', 'C:'],
    ['a stream', 'BTC:USDT'],
    ['a NUL', 'BTC\0USDT'],
    ['a line feed', 'BTCUSDT\n'],
    ['a tab', 'BTC\tUSDT'],
    ['an escape', '\u001b[31mBTC'],
    ['a dot', '.'],
    ['a hidden name', '.BTC'],
    ['a dot in the middle', 'BTC.USDT'],
    ['a dot at the end', 'BTCUSDT.'],
    ['a space', ' '],
    ['a space at the end', 'BTCUSDT '],
    ['a no-break space', 'BTC\u00a0USDT'],
    ['an ideographic space', 'BTC\u3000USDT'],
    ['a zero-width space', 'BTC\u200bUSDT'],
    ['a joiner', 'BTC\u200dUSDT'],
    ['a byte order mark', '\ufeffBTCUSDT'],
    ['text from right to left', 'BTC\u202eUSDT'],
    ['an invisible letter', 'BTC\u3164USDT'],
    ['another invisible letter', 'BTC\uffa0USDT'],
    ['a device', 'CON'],
    ['a device with a number', 'COM1'],
    ['a device with a raised number', 'LPT²'],
    ['decomposed letters', 'A\u0308USDT'],
    ['a decomposed kana', 'カ\u3099USDT'],
    ['decomposed Hangul', '\u1112\u1161\u11abUSDT'],
    ['a sign that is an omega once composed', '\u2126USDT'],
    ['a Kelvin sign', '\u212aUSDT'],
    ['small letters', 'btcusdt'],
    ['one small letter', 'BTCUSDt'],
    ['a small letter of another script', 'ΩμUSDT'],
    ['a letter whose small form has another capital', 'ẞUSDT'],
    ['a dotted capital I', 'İUSDT'],
    ['a title-case letter', 'ǅUSDT'],
    ['a small Roman numeral', 'ⅷUSDT'],
    ['half a surrogate pair', 'BTC\ud800'],
    ['an emoji', '🚀USDT'],
    ['a percent sign', '%2e%2e'],
    ['a wildcard', 'BTC*'],
    ['a tilde', '~'],
    ['a dollar', '$HOME'],
    ['a leading dash', '-BTC'],
    ['a leading underscore', '_BTC'],
    ['65 characters', 'A'.repeat(65)],
    ['a megabyte', 'A'.repeat(1_000_000)],
  ])('refuses %s', (_what, text) => {
    expect(isMarketSymbol(text)).toBe(false);
    expect(() => marketSymbol(text)).toThrow(CacheKeyError);
    expect(() => cacheKey({ symbol: text, interval: '1m', date: '2024-01-01' })).toThrow(
      expect.objectContaining({ code: 'E_KEY_SYMBOL' }),
    );
  });

  it.each(['CON', 'PRN', 'AUX', 'NUL', 'COM0', 'COM9', 'LPT1', 'LPT³', 'COM¹'])('refuses the device %s', (name) => {
    expect(isMarketSymbol(name)).toBe(false);
    expect(isMarketSymbol(`${name}USDT`)).toBe(true);
    expect(isMarketSymbol(`A${name}`)).toBe(true);
  });

  it.each([undefined, null, 42, {}, ['BTCUSDT'], Symbol('BTC'), Object.create(null)])('refuses %p', (value) => {
    expect(() => marketSymbol(value)).toThrow(CacheKeyError);
  });

  it.each([
    ['btcusdt', 'BTCUSDT'],
    ['BTC/USDT', 'BTCUSDT'],
    ['btc.usdt ', 'BTCUSDT'],
    ['A\u0308USDT', 'ÄUSDT'],
  ])('suggests for %j %s', (text, suggestion) => {
    expect(() => marketSymbol(text)).toThrow(
      expect.objectContaining({
        details: { received: text, suggestion },
        message: expect.stringContaining(`did you mean "${suggestion}"?`),
      }),
    );
  });

  it('suggests nothing where nothing would do', () => {
    for (const text of ['', '..', 'con', 'ß'.repeat(70), '%'.repeat(1_000_000)]) {
      expect(() => marketSymbol(text)).toThrow(
        expect.objectContaining({
          details: { received: text, suggestion: undefined },
          message: expect.not.stringContaining('did you mean'),
        }),
      );
    }
  });
});

const REAL_DATA = process.env['VISION_CACHE_REAL_DATA'];
const realLists = REAL_DATA === undefined ? undefined : join(REAL_DATA, 'symbols');
const hasRealLists = realLists !== undefined && existsSync(realLists);

describe('the symbols that Binance lists', () => {
  (hasRealLists ? it : it.skip)(
    hasRealLists ? 'are all taken, here and there' : 'are skipped: VISION_CACHE_REAL_DATA has no symbols',
    () => {
      const symbols = readdirSync(realLists!).flatMap((file) =>
        symbolsIn(JSON.parse(readFileSync(join(realLists!, file), 'utf8'))),
      );
      expect(symbols.length).toBeGreaterThan(1000);
      for (const symbol of symbols) {
        const key = cacheKey({ marketType: 'um', symbol, interval: '1m', date: '2024-01-01' });
        assert.deepStrictEqual(parseCachePath(cachePath(key)), key);
        assert.deepStrictEqual(parseVisionObjectKey(visionObjectKey(key)), key);
      }
    },
  );
});

/** Every text in a list of a JSON document whose name ends in `symbols`. */
function symbolsIn(document: unknown): string[] {
  return Object.entries(document as Record<string, unknown>).flatMap(([name, value]) =>
    name.endsWith('symbols') && Array.isArray(value) ? value.map(String) : [],
  );
}

/** Pieces that paths are attacked with. */
const HOSTILE = [
  '..', '.', '/', '\\', '\0', ':', '~', '%2e', '%2f', '\u2215', '\uff0f', '\u2024', 'CON', 'nul', 'COM1', ' ', '\n', '\r',
  '\u001b', '\u202e', '\ud800', 'ß', 'ı', 'A\u0308', '\u3164', '*', '?', '"', '<', '|', '$', '`', ';', '-', '_', 'BTC', 'USDT', '1',
]; // prettier-ignore

const ROOT = { posix: '/cache/root', win32: 'C:\\cache\\root' };

describe('any text as a symbol', () => {
  it('either comes back from a path inside the root, on every platform, or is refused', () => {
    let accepted = 0;
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(...HOSTILE), maxLength: 8 }),
      anySymbol,
    );
    fc.assert(
      fc.property(text, (symbol) => {
        let path: string;
        try {
          path = cachePath(cacheKey({ symbol, interval: '1m', date: '2024-01-01' }));
        } catch (error) {
          assert(isCacheKeyError(error) && error.code === 'E_KEY_SYMBOL', String(error));
          return;
        }
        accepted += 1;
        assert.equal(parseCachePath(path).symbol, symbol);
        for (const [name, { normalize, join: joined, isAbsolute }] of Object.entries({ posix, win32 })) {
          const root = ROOT[name as keyof typeof ROOT];
          const whole = joined(root, path);
          assert(!isAbsolute(path) && whole.startsWith(root) && normalize(whole) === whole, whole);
          assert.equal(
            whole
              .slice(root.length + 1)
              .split(/[/\\]/)
              .join('/'),
            path,
          );
        }
        // macOS decomposes or not, Windows drops dots and spaces at the end of a segment.
        assert.equal(path.normalize('NFD').normalize('NFC'), path);
        for (const segment of path.split('/')) {
          assert(!/[. ]$/.test(segment) && Buffer.byteLength(segment) <= 255, segment);
        }
      }),
      runs(30_000),
    );
    expect(accepted).toBeGreaterThan(runs(30_000).numRuns / 20);
  });
});
