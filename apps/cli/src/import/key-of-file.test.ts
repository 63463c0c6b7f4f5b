import { describe, expect, it } from '@jest/globals';
import { cachePath } from '@vision-cache/cache-keys';
import { keyOfFile } from './key-of-file.ts';

function pathOf(folder: string, file: string, market?: string): string {
  const found = keyOfFile({ folder, file, market });
  return 'key' in found ? cachePath(found.key) : `${found.code}: ${found.reason}`;
}

describe('which day or month a file is', () => {
  const MARK = 'BTCUSDT/1h/BTCUSDT-1h-2024-01-01.csv';

  it.each([
    ['mirror', 'data/futures/um/daily/markPriceKlines/', MARK],
    ['mirror/data', 'futures/um/daily/markPriceKlines/', MARK],
    ['mirror/data/futures/um', 'daily/markPriceKlines/', MARK],
    ['/copy/futures/um/daily/markPriceKlines/BTCUSDT/1h', '', 'BTCUSDT-1h-2024-01-01.csv'],
  ])('is told by the archive’s folders, wherever a copy begins: %s, %s', (folder, above, file) => {
    expect(pathOf(folder, `${above}${file}`)).toBe('binance/um/markPriceKlines/daily/BTCUSDT/1h/2024-01-01.arrow');
  });

  it('is told by its name, and is spot where nothing says otherwise', () => {
    expect(pathOf('csvs', 'BTCUSDT-1h-2024-01-01.csv')).toBe('binance/spot/klines/daily/BTCUSDT/1h/2024-01-01.arrow');
    expect(pathOf('csvs', 'BTCUSDT-1h-2024-01-01.csv', 'um')).toMatch(/^binance\/um\/klines/);
  });

  it.each([
    ['csvs', 'futures-um/BTCUSDT-1m-2024-01-01.csv'],
    ['futures_um', 'BTCUSDT-1m-2024-01-01.zip'],
    ['csvs/UM', 'BTCUSDT/BTCUSDT-1m-2024-01.csv'],
  ])('is not guessed where a folder speaks of another market: %s, %s', (folder, file) => {
    expect(pathOf(folder, file)).toMatch(/^E_NAME: .*--market/);
    expect(pathOf(folder, file, 'um')).toMatch(/^binance\/um/);
  });

  it('is not guessed of mark, index and premium prices, whose files are named like klines', () => {
    expect(pathOf('csvs', 'markPriceKlines/BTCUSDT-1h-2024-01-01.csv', 'um')).toMatch(/^E_NAME: .*named like klines/);
  });

  it('is none where the symbol has the form of another market', () => {
    expect(() => pathOf('csvs', 'BTCUSD_PERP-1h-2024-01-01.csv')).toThrow(/E_KEY_SYMBOL|COIN-M/);
    expect(pathOf('csvs', 'BTCUSD_PERP-1h-2024-01-01.csv', 'cm')).toMatch(/^binance\/cm/);
  });
});
