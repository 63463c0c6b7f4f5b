import { describe, expect, it, jest } from '@jest/globals';
import { type CacheKey, cacheKey } from '@vision-cache/cache-keys';
import fc from 'fast-check';
import { isVisionClientError } from '../contract/errors.ts';
import { ColumnBuffers } from '../csv/column-buffers.ts';
import { RowKernel } from './row-kernel.ts';
import { layoutOf } from '../csv/layout.ts';
import { RowDecoder } from './row-decoder.ts';

const KEYS = [
  cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-01' }),
  cacheKey({ dataNature: 'aggTrades', symbol: 'BTCUSDT', date: '2024-01-01' }),
  cacheKey({ dataNature: 'trades', symbol: 'BTCUSDT', date: '2024-01-01' }),
  cacheKey({ marketType: 'um', dataNature: 'bookTicker', symbol: 'BTCUSDT', date: '2024-01-01' }),
  cacheKey({
    marketType: 'um',
    dataNature: 'fundingRate',
    packagingFrequency: 'monthly',
    symbol: 'BTCUSDT',
    date: '2024-01',
  }),
  cacheKey({ marketType: 'um', dataNature: 'bookDepth', symbol: 'BTCUSDT', date: '2024-01-01' }),
  cacheKey({ marketType: 'um', dataNature: 'metrics', symbol: '币安人生USDT', date: '2024-01-01' }),
] as readonly CacheKey[];

/** What a decoder makes of a text: all of its arrays, or the error. */
function outcome(text: string, key: CacheKey, kernel: RowKernel | null) {
  try {
    const bytes = new TextEncoder().encode(text);
    const layout = layoutOf(bytes, key);
    const buffers = new ColumnBuffers(layout, text.split('\n').length);
    const decoder = new RowDecoder(layout, buffers, kernel);
    const at = decoder.decode(bytes, layout.start);
    return {
      at,
      rows: decoder.rows,
      seen: decoder.seen,
      checks: [decoder.checks.isOrdered, decoder.checks.isRising, decoder.checks.zeroQuantity],
      batch: buffers.batch(decoder.rows),
      times: buffers.times.slice(0, decoder.rows),
    };
  } catch (error) {
    if (!isVisionClientError(error)) throw error;
    return { code: error.code, details: error.details };
  }
}

const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
const often = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(digits(7), digits(8)).map(([whole, fraction]) => `${whole}.${fraction}`) },
  { weight: 2, arbitrary: fc.tuple(digits(17), digits(17)).map(([whole, fraction]) => `${whole}.${fraction}`) },
  { weight: 2, arbitrary: fc.tuple(digits(15), digits(9), fc.integer({ min: 5, max: 10 })).map(([whole, fraction, zeros]) => `${whole}.${fraction}${'0'.repeat(zeros)}`) }, // prettier-ignore
  { weight: 2, arbitrary: digits(20) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '0',
      '-0.00000001',
      '1704067200000',
      '1704067200000000',
      'True',
      'true',
      'False',
      'false',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '""',
      '1e-8',
      'x',
      '-',
      '.',
      '1.',
      '.5',
      'Truer',
      '12345678',
      '1234567812345678',
      '170406720000',
      '0000000000000',
    ),
  },
);
/** Ids whose first eight digits are those of another row, and what goes on in all ways. */
const likeTheOneBefore = fc
  .tuple(fc.constantFrom('12345678', '12345679', '00000000'), fc.constantFrom('', '9', '01', '1234567', '12345678', '1234567890', '12345678901', 'x', ' '))
  .map((parts) => parts.join('')); // prettier-ignore
const two = (most: number) => fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'));
/** Date-times, some of which no calendar has, and what is nearly one. */
const dateTime = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('2024-01-01 00:00:00', '2024-01-01 23:59:59', '2024-02-29 12:34:56', '2000-02-29 00:00:01') },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('1973', '1974', '1999', '2023', '2024', '2100'), two(13), two(32), two(25), two(61), two(61))
    .map(([year, month, day, hour, minute, second]) => `${year}-${month}-${day} ${hour}:${minute}:${second}`) },
  { weight: 1, arbitrary: fc.constantFrom('2024-01-01', '2024-01-01T00:00:00', '2024-01-01 00:00:00.123456', '2024-01-01 00:00:0', '2024-1-01 00:00:00', '2024-01-01-00:00:00', '2024-01-0x 00:00:00', '0000-00-00 00:00:00', ' 024-01-01 00:00:00') },
); // prettier-ignore
const field = (kind: string, isText: boolean) =>
  isText && kind.includes('time') ? fc.oneof({ weight: 12, arbitrary: dateTime }, { weight: 1, arbitrary: often }) :
  kind === 'symbol' ? fc.oneof({ weight: 20, arbitrary: fc.constant('币安人生USDT') }, { weight: 1, arbitrary: fc.constantFrom('BTCUSDT', '币安人生USDTX', '币', '') }) :
  kind.includes('time') ? fc.oneof({ weight: 9, arbitrary: fc.constantFrom('1704067200000', '1704067259999', '1704067200000000') }, { weight: 1, arbitrary: often })
  : kind.startsWith('is_') ? fc.oneof({ weight: 9, arbitrary: fc.constantFrom('True', 'False', 'true', 'false') }, { weight: 1, arbitrary: often })
  : kind.includes('id') && !kind.includes('bid') || kind === 'count' ? fc.oneof({ weight: 5, arbitrary: digits(18) }, { weight: 5, arbitrary: likeTheOneBefore }, { weight: 1, arbitrary: often })
  : often; // prettier-ignore

describe('the WebAssembly kernel', () => {
  const kernel = RowKernel.shared();

  it('is there', () => expect(kernel).toBeDefined());

  it.each(KEYS.map((key) => [`${key.marketType} ${key.dataNature}`, key] as const))(
    'decodes %s as the decoder in TypeScript does',
    (_, key) => {
      const { fields } = layoutOf(new TextEncoder().encode(headerOf(key)), key);
      const row = fc
        .tuple(...fields.map(({ name }) => field(name, ['bookDepth', 'metrics'].includes(key.dataNature))))
        .map((values) => values.join(','));
      fc.assert(
        fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), (rows) => {
          const text = `${headerOf(key)}\n${rows.join('\n')}\n`;
          expect(outcome(text, key, kernel!)).toEqual(outcome(text, key, null));
        }),
        { numRuns: 400 },
      );
    },
  );

  it('goes on across its chunks, and with a line in between that it does not read', () => {
    const key = KEYS[1]!;
    const row = (id: number) =>
      `${id},${id}.5,0.${String(id).padStart(8, '0')},1,2,${1704067200000 + id},True,${id % 997 === 0 ? 'TRUE' : 'False'}\n`;
    const text = Array.from({ length: 20_000 }, (_, id) => row(id)).join('');
    const found = outcome(text, key, kernel!);
    expect(found).toEqual(outcome(text, key, null));
    expect(found).toMatchObject({ rows: 20_000 });
  });

  it('is not given up for being given few rows at a time, as a stream does', () => {
    const row = new TextEncoder().encode('1,1.5,0.25,1,2,1704067200000,True,False\n');
    const asked = jest.spyOn(kernel!, 'decode');
    const layout = layoutOf(row, KEYS[1]!);
    const decoder = new RowDecoder(layout, new ColumnBuffers(layout, 1), kernel);
    for (let part = 0; part < 100; part++) {
      expect(decoder.decode(row, 0)).toBe(row.length);
      decoder.continueIn(new ColumnBuffers(layout, 1));
    }
    expect(asked).toHaveBeenCalledTimes(100);
    asked.mockRestore();
  });
});

function headerOf(key: CacheKey): string {
  return {
    klines:
      'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore',
    aggTrades: 'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker,is_best_match',
    trades: 'id,price,qty,quote_qty,time,is_buyer_maker,is_best_match',
    bookTicker: 'update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time',
    fundingRate: 'calc_time,funding_interval_hours,last_funding_rate',
    bookDepth: 'timestamp,percentage,depth,notional',
    metrics:
      'create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio',
  }[key.dataNature]!;
}
