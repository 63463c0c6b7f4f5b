import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { COMBINATIONS } from '../keys/archive.fixture.ts';
import { cachePath } from './cache-path.ts';
import { cacheKey } from '../keys/catalog.ts';
import type { Interval } from '../time/interval.ts';
import { type LegacyPath, parseLegacyPath } from './legacy-generations.ts';
import { LAYOUTS } from './legacy-layouts.ts';
import { legacyCachePath } from './legacy-path.ts';
import { runs } from '../contract/runs.fixture.ts';

/** `recognised S - BTCUSDT 1h 2024-01-01`; `-` for what the name does not hold. */
function told(path: string): string {
  const found = parseLegacyPath(path);
  if (found.status === 'unknown') return `unknown: ${found.reason}`;
  const { status, generations, marketType = '-', symbol, intervals, date = '-' } = found;
  return [status, generations.join('|'), marketType, symbol, intervals.join('|') || '-', date].join(' ');
}

describe(parseLegacyPath, () => {
  it.each([
    // S, the roadmap's old path; some wrote the date without dashes, or the symbol in small letters
    ['BTCUSDT/1h/2024-01-01.arrow', 'recognised S - BTCUSDT 1h 2024-01-01'],
    ['BTCUSDT/1m/2024-01-01.arrow', 'recognised S - BTCUSDT 1m 2024-01-01'],
    ['BTCUSDT/1M/2024-01-01.arrow', 'recognised S - BTCUSDT 1mo 2024-01-01'],
    ['BTCUSDT/1w/2024-01-01.arrow', 'recognised S - BTCUSDT 1w 2024-01-01'],
    ['BTCUSDT/1h/20240101.arrow', 'recognised S - BTCUSDT 1h 2024-01-01'],
    ['btcusdt/1h/2024-01-01.arrow', 'recognised S - BTCUSDT 1h 2024-01-01'],
    ['BTCUSD_PERP/1h/2024-01-01.arrow', 'recognised S - BTCUSD_PERP 1h 2024-01-01'],
    ['币安人生USDT/1h/2025-10-08.arrow', 'recognised S - 币安人生USDT 1h 2025-10-08'],
    ['カ\u3099チャUSDT/1h/2025-10-08.arrow', 'recognised S - ガチャUSDT 1h 2025-10-08'],

    ['data/BTCUSDT/1s/202401.arrow', 'recognised G0 - BTCUSDT 1s 2024-01'],
    ['BTCUSDT/1M/202401.arrow', 'recognised G0 - BTCUSDT 1mo 2024-01'],

    ['data/binance/spot/klines/daily/BTCUSDT/1h/202401.arrow', 'recognised G1|G2 spot BTCUSDT 1h 2024-01'],
    ['binance/spot/klines/daily/BTCUSDT/1M/202401.arrow', 'recognised G1|G2 spot BTCUSDT 1mo 2024-01'],

    ['data/binance/spot/klines/daily/BTCUSDT/1h/20240106.arrow', 'recognised G3 spot BTCUSDT 1h 2024-01-06'],
    ['data/binance/spot/klines/daily/BTCUSDT/1m/20240106.arrow', 'ambiguous G3 spot BTCUSDT 1m|1mo 2024-01-06'],

    ['BINANCE/KLINES/BTCUSDT/1h/2024-01-01.arrow', 'recognised G4 - BTCUSDT 1h 2024-01-01'],
    ['BINANCE/KLINES/BTCUSDT/1m/2024-01-01.arrow', 'ambiguous G4 - BTCUSDT 1m|1mo 2024-01-01'],

    ['BINANCE/KLINES/spot/BTCUSDT/1h/2024-01-01.arrow', 'recognised G5|G5b spot BTCUSDT 1h 2024-01-01'],
    ['BINANCE/KLINES/spot/BTCUSDT/1m/2024-01-01.arrow', 'ambiguous G5|G5b spot BTCUSDT 1m|1mo 2024-01-01'],
    ['BINANCE/KLINES/futures_um/BTCUSDT/1h/2024-01-01.arrow', 'recognised G5b um BTCUSDT 1h 2024-01-01'],
    ['BINANCE/KLINES/futures_cm/BTCUSD_PERP/1h/2024-01-01.arrow', 'recognised G5b cm BTCUSD_PERP 1h 2024-01-01'],
    ['BINANCE/KLINES/futures/usdt/BTCUSDT/1h.arrow', 'recognised G5 um BTCUSDT 1h -'],
    ['BINANCE/KLINES/futures/coin/BTCUSD_PERP/1h.arrow', 'recognised G5 cm BTCUSD_PERP 1h -'],
    ['BINANCE/KLINES/futures/usdt/BTCUSDT/1m.arrow', 'ambiguous G5 um BTCUSDT 1m|1mo -'],

    ['binance/klines/spot/btc/usdt/1h/20240101.arrow', 'recognised G6 spot BTCUSDT 1h 2024-01-01'],
    ['binance/klines/futures/usdt/btcusdt/1h.arrow', 'recognised G6 um BTCUSDT 1h -'],
    ['binance/klines/futures/coin/btcusd_perp/1m.arrow', 'ambiguous G6 cm BTCUSD_PERP 1m|1mo -'],

    ['data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2024-01-01.arrow', 'recognised G7|G8|G9 spot BTCUSDT 1h 2024-01-01'],
    [
      'data/futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.arrow',
      'recognised G7|G8|G9 um BTCUSDT 1m 2024-01-01',
    ],
    [
      'futures/cm/daily/klines/BTCUSD_PERP/1h/BTCUSD_PERP-1h-2024-01-01.arrow',
      'recognised G7|G8|G9 cm BTCUSD_PERP 1h 2024-01-01',
    ],
    [
      'data/spot/daily/klines/BTC-USD/1M/BTC-USD-1M-2024-01-01.arrow',
      'recognised G7|G8|G9 spot BTC-USD 1mo 2024-01-01',
    ],

    [
      'binance/klines/spot/daily/klines/btcusdt/1h/BTCUSDT-1h-2024-01-01.arrow',
      'recognised G10 spot BTCUSDT 1h 2024-01-01',
    ],
    ['binance/klines/futures/daily/klines/usdt/btcusdt/USDT-btcusdt-1H--.arrow', 'recognised G10 um BTCUSDT 1h -'],
    ['binance/klines/futures/usdt/btcusdt/USDT-btcusdt-1M--.arrow', 'ambiguous G10 um BTCUSDT 1m|1mo -'],
    ['binance/klines/futures/coin/btcusd/COIN-btcusd-PERP--.arrow', 'ambiguous G10 cm BTCUSD_PERP - -'],
    ['binance/klines/futures/coin/btcusd/COIN-btcusd-240628--.arrow', 'ambiguous G10 cm BTCUSD_240628 - -'],

    // N: where they should be already, or where the roadmap's script put bars longer than a day
    ['binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow', 'recognised N spot BTCUSDT 1m 2024-01-01'],
    ['data/binance/um/metrics/daily/BTCUSDT/2024-01-01.arrow', 'recognised N um BTCUSDT - 2024-01-01'],
    ['binance/um/fundingRate/monthly/BTCUSDT/2024-01.arrow', 'recognised N um BTCUSDT - 2024-01'],
    ['binance/spot/klines/daily/BTCUSDT/1w/2024-01-01.arrow', 'recognised N spot BTCUSDT 1w 2024-01-01'],
    ['binance/cm/klines/daily/BTCUSD_PERP/3d/2024-01-01.arrow', 'recognised N cm BTCUSD_PERP 3d 2024-01-01'],
    ['binance/um/markPriceKlines/daily/BTCUSDT/1M/2024-01-01.arrow', 'recognised N um BTCUSDT 1mo 2024-01-01'],
  ])('reads %s as %s', (path, expected) => {
    expect(told(path)).toBe(expected);
  });

  it.each([
    ['cache_metadata.json', 'it does not end in .arrow'],
    ['metadata/cache_index.json', 'it does not end in .arrow'],
    ['BTCUSDT/1h/2024-01-01.arrow.lock', 'it does not end in .arrow'],
    ['BTCUSDT/1h/2024-01-02.tmp', 'it does not end in .arrow'],
    ['BTCUSDT/1h/.DS_Store', 'it does not end in .arrow'],
    ['BTCUSDT/1h/2024-01-01.ARROW', 'it does not end in .arrow'],
    ['..arrow', 'no generation wrote a path like "..arrow"'],
    ['.arrow', 'no generation wrote a path like ".arrow"'],
    ['BTCUSDT/2024-01-01.arrow', 'no generation wrote a path like "BTCUSDT/2024-01-01.arrow"'],
    ['BTCUSDT/1h/x/2024-01-01.arrow', 'no generation wrote a path like "BTCUSDT/1h/x/2024-01-01.arrow"'],
    ['BTCUSDT/1h/2024-1-1.arrow', 'no generation wrote a path like "BTCUSDT/1h/2024-1-1.arrow"'],
    ['BTCUSDT/1h/2024-13-45.arrow', '"2024-13-45" is not in the calendar'],
    ['BTCUSDT/1h/2024-02-30.arrow', '"2024-02-30" is not in the calendar'],
    ['BTCUSDT/1h/202413.arrow', '"2024-13" is not in the calendar'],
    ['BTCUSDT/7h/2024-01-01.arrow', '"7h" is not an interval'],
    ['../1h/2024-01-01.arrow', '".." is not a symbol'],
    ['con/1h/2024-01-01.arrow', '"CON" is not a symbol'],
    ['binance/klines/futures/usdt/btcusdt/USDT-btcusdt-7H--.arrow', '"7H" is not an interval'],
    ['binance/klines/futures/usdt/btcusdt/USDT-ethusdt-1H--.arrow', /^no generation/],
    ['binance/klines/spot/daily/klines/btcusdt/1h/ETHUSDT-1h-2024-01-01.arrow', /^no generation/],
    ['data/spot/daily/klines/BTCUSDT/1h/ETHUSDT-1h-2024-01-01.arrow', /^no generation/],
    ['data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1m-2024-01-01.arrow', /^no generation/],
    ['binance/spot/markPriceKlines/daily/BTCUSDT/1w/2024-01-01.arrow', 'spot has no "markPriceKlines"'],
    ['binance/spot/klines/daily/BTCUSDT/7h/2024-01-01.arrow', /^spot klines: "7h" is not an interval/],
    ['binance/spot/klines/daily/BTCUSDT/1h/2024-02-30.arrow', /^The date is wrong/],
    ['kraken/spot/klines/daily/BTCUSDT/1h/2024-01-01.arrow', /^no generation/],
  ])('does not know %s: %s', (path, reason) => {
    expect(parseLegacyPath(path)).toEqual({
      status: 'unknown',
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });

  it('says why a path has several meanings', () => {
    expect(parseLegacyPath('data/binance/spot/klines/daily/BTCUSDT/1m/20240106.arrow')).toMatchObject({
      reason: "the interval's case is ambiguous: 1m or 1mo",
    });
    expect(parseLegacyPath('binance/klines/futures/coin/btcusd/COIN-btcusd-PERP--.arrow')).toMatchObject({
      reason: 'the name holds no interval',
    });
  });

  it('knows every path of the new layout, and of the old one', () => {
    for (const { path } of COMBINATIONS) {
      expect(parseLegacyPath(path)).toMatchObject({ status: 'recognised', generations: ['N'], symbol: 'BTCUSDT' });
    }
    for (const interval of ['1s', '1m', '1d'] as const) {
      const old = legacyCachePath(cacheKey({ symbol: 'BTCUSDT', interval, date: '2024-01-01' }))!;
      expect(parseLegacyPath(old)).toMatchObject({ generations: ['S'], intervals: [interval], date: '2024-01-01' });
    }
    const month = cacheKey({ symbol: 'BTCUSDT', interval: '1mo', packagingFrequency: 'monthly', date: '2024-01' });
    expect(parseLegacyPath(legacyCachePath(month)!)).toMatchObject({ intervals: ['1mo'], date: '2024-01-01' });
    expect(parseLegacyPath(cachePath(month))).toMatchObject({ intervals: ['1mo'], date: '2024-01' });
  });

  it('finds in no path two layouts, and nothing in other text', () => {
    const segment = fc.constantFrom(
      ...[
        'data',
        'binance',
        'BINANCE',
        'klines',
        'KLINES',
        'spot',
        'futures',
        'um',
        'cm',
        'usdt',
        'coin',
        'futures_um',
      ],
      ...['daily', 'monthly', 'BTCUSDT', 'btcusdt', 'BTC-USD', 'btc', '1h', '1m', '1M', '1w', '20240101', '202401'],
    );
    const name = fc.constantFrom(
      '2024-01-01',
      '20240101',
      '202401',
      '1h',
      '1m',
      'BTCUSDT-1h-2024-01-01',
      'BTC-USD-1m-2024-01-01',
      'USDT-btcusdt-1H--',
      'COIN-btcusdt-PERP--',
      'x',
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 8 }), name, (folders, file) => {
        const path = [...folders, `${file}.arrow`].join('/');
        const matching = LAYOUTS.filter(({ pattern }) => pattern.test(path));
        assert(matching.length <= 1, path);
        const found: LegacyPath = parseLegacyPath(path);
        if (found.status === 'recognised' && found.intervals.length === 1) {
          const interval: Interval = found.intervals[0]!;
          assert(path.toLowerCase().includes(interval.replace('mo', 'm')), path);
        }
      }),
      runs(30_000),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => parseLegacyPath(text).status === 'unknown'),
      runs(10_000),
    );
  });

  it('is not slowed down by long paths', () => {
    expect(parseLegacyPath(`binance/klines/${'usdt/'.repeat(20_000)}x.arrow`).status).toBe('unknown');
    expect(parseLegacyPath(`${'a'.repeat(1_000_000)}.arrow`).status).toBe('unknown');
  });
});

const REAL_DATA = process.env['VISION_CACHE_REAL_DATA'];
const hasTrees = REAL_DATA !== undefined && existsSync(join(REAL_DATA, 'legacy-trees'));

/** Which generations each of the real trees was written by. */
const TREES: Record<string, string> = {
  '5173cba': 'G0',
  '18b8fd8': 'G3',
  ed9a94e: 'G4',
  e159f56: 'G5',
  a05789e: 'G7|G8|G9',
  ckvd: 'G7|G8|G9',
};

describe('the old caches that the Python project really wrote', () => {
  const when = hasTrees ? it : it.skip;
  const skipped = hasTrees ? '' : ' (skipped: VISION_CACHE_REAL_DATA has no trees)';

  when(`are known, each by its generation${skipped}`, () => {
    for (const commit of readdirSync(join(REAL_DATA!, 'legacy-trees'))) {
      const paths = filesBelow(join(REAL_DATA!, 'legacy-trees', commit)).filter((path) => path.endsWith('.arrow'));
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths) {
        const found = parseLegacyPath(path);
        assert(found.status === 'recognised', `${path}: ${told(path)}`);
        if (TREES[commit] !== undefined) expect(found.generations.join('|')).toContain(TREES[commit]);
        assert(path.includes(found.symbol) && path.includes(found.intervals[0]!), path);
        const digits = found.date?.replaceAll('-', '');
        assert(digits === undefined || path.replaceAll('-', '').includes(digits), path);
      }
    }
  });

  when(`are known in every variant but the noise${skipped}`, () => {
    const variants = filesBelow(join(REAL_DATA!, 'legacy-variants')).filter((path) => path.includes('/'));
    for (const variant of variants) {
      const path = variant.slice(variant.indexOf('/') + 1);
      const found = told(path);
      const isNoise = variant.startsWith('H-noise');
      expect(`${variant}: ${found}`).toMatch(isNoise ? /unknown/ : /recognised S - BTCUSDT 1h 2024-01-01$/);
    }
  });
});

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(root, path)).isFile())
    .map((path) => relative(root, join(root, path)).split(sep).join('/'));
}
