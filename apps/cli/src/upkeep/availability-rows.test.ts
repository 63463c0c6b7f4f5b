import { BINANCE } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { availabilityRows } from './availability-rows.ts';

const NONE = { holes: [], files: [], bytes: 0 };

async function rowsOf(answers: readonly object[]) {
  const left = [...answers];
  const archive = {
    names: () => Promise.resolve(['1h']),
    availability: () => Promise.resolve(left.shift() ?? NONE),
  };
  const rows = [];
  const asked = { interval: ['1h'] };
  const { signal } = new AbortController();
  const parts = { archive, catalog: BINANCE } as unknown as Parameters<typeof availabilityRows>[0];
  for await (const row of availabilityRows(parts, 'BTCUSDT', asked, signal)) rows.push(row);
  return rows;
}

describe('what the archive has of a symbol', () => {
  const odd = 'data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2024-01-01-v2.zip';

  it('tells files of names that are not understood, also where there are no others', async () => {
    const named = { ...NONE, first: '2024-01-01', last: '2024-01-02', unnamed: [odd] };
    expect((await rowsOf([named])).map(({ first, unnamed }) => [first, unnamed])).toEqual([['2024-01-01', [odd]]]);
    expect((await rowsOf([{ ...NONE, unnamed: [odd] }])).map(({ first, unnamed }) => [first, unnamed])).toEqual([
      [undefined, [odd]],
    ]);
  });

  it('is nothing where nothing is listed', async () => {
    expect(await rowsOf([NONE])).toEqual([]);
  });
});
