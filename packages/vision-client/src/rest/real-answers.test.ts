import { cacheKey, type ColumnBatch, type Interval, nextOpenTime } from '@vision-cache/cache-keys';
import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BinanceRestClient, isVisionClientError } from './index.ts';

const REAL = process.env['VISION_CACHE_REAL_DATA'];
if (REAL === undefined) process.stderr.write('VISION_CACHE_REAL_DATA is not set: real answers of REST are not read\n');

/** A real answer, and what its name says of it. */
interface RealAnswer {
  readonly name: string;
  readonly text: string;
  readonly marketType: 'spot' | 'um' | 'cm';
  readonly dataNature: string;
  readonly interval: Interval;
}

function realAnswers(folder: string): RealAnswer[] {
  return ['gocryptotrader', 'static-klines'].flatMap((kind) => {
    const at = join(folder, 'rest', kind);
    if (!existsSync(at)) return [];
    return readdirSync(at)
      .filter((file) => kind === 'static-klines' || /lines__/i.test(file))
      .map((file) => {
        const interval = (/interval=(\w+?)\./.exec(file)?.[1] ?? file.split('__')[1]!).replace('1M', '1mo') as Interval;
        const marketType = file.startsWith('fapi') ? 'um' : file.startsWith('dapi') ? 'cm' : 'spot';
        // Continuous klines have the rows of klines.
        const dataNature = /_(mark|index|premium)\w*Klines/.exec(file)?.[0].slice(1) ?? 'klines';
        return { name: basename(file), text: readFileSync(join(at, file), 'utf8'), marketType, dataNature, interval };
      });
  });
}

/** The rows of the text without JSON.parse: the other reading that the client's is compared with. */
const plainRows = (text: string): string[][] =>
  [...text.matchAll(/\[(\s*\d[^[\]]*)\]/g)].map(([, row]) =>
    row!.split(',').map((field) => field.trim().replaceAll('"', '')),
  );

/** A host that has these rows, and answers as its market does. */
const hostOf =
  ({ text, marketType }: RealAnswer): typeof fetch =>
  async (input) => {
    const { searchParams } = new URL(input as string);
    const [from, to, limit] = ['startTime', 'endTime', 'limit'].map((name) => Number(searchParams.get(name)));
    if (!text.trimStart().startsWith('[')) return new Response(text, { status: 400 });
    const rows = (JSON.parse(text) as [number][]).filter(([open]) => open >= from! && open <= to!);
    return new Response(JSON.stringify(marketType === 'cm' ? rows.slice(-limit!) : rows.slice(0, limit)));
  };

(REAL === undefined ? describe.skip : describe)('real answers of REST', () => {
  const answers = REAL === undefined ? [] : realAnswers(REAL);
  const fetched = (answer: RealAnswer, start: number, end: number) => {
    const { marketType, dataNature, interval } = answer;
    const packagingFrequency = ['3d', '1w', '1mo'].includes(interval) ? 'monthly' : 'daily';
    const symbol = marketType === 'cm' ? 'BTCUSD_PERP' : 'BTCUSDT';
    const key = cacheKey({ marketType, dataNature, interval, packagingFrequency, symbol, date: '2024-01-01' } as never);
    const span = { start: BigInt(start) * 1000n, end: BigInt(end) * 1000n };
    return new BinanceRestClient({ fetch: hostOf(answer), now: () => Date.parse('2100-01-01') }).fetch(key, span);
  };

  it('are there', () => expect(answers.length).toBeGreaterThan(0));

  it.each(answers)('reads $name number for number', async (answer) => {
    const rows = plainRows(answer.text);
    if (!answer.text.trimStart().startsWith('[')) {
      const error: unknown = await fetched(answer, 0, 1).catch((thrown: unknown) => thrown);
      expect(isVisionClientError(error) && error.code).toBe('E_REST_REFUSED');
      const code = Number(/"code":\s*(-?\d+)/.exec(answer.text)![1]);
      expect((error as { details: unknown }).details).toMatchObject({ binanceCode: code });
      return;
    }
    const start = Number(rows[0]?.[0] ?? 0);
    const end = Number(rows.at(-1)?.[0] ?? 0) + 1;
    const { batch, quality } = await fetched(answer, start, end);
    expect(quality).toMatchObject({ rows: rows.length, duplicates: 0, unsorted: 0 });
    const { columns } = batch as ColumnBatch & { columns: Record<string, ArrayLike<number | bigint>> };
    const fields = {
      open: 1,
      high: 2,
      low: 3,
      close: 4,
      volume: 5,
      quote_volume: 7,
      taker_buy_volume: 9,
      taker_buy_quote_volume: 10,
    };
    rows.forEach((row, at) => {
      const wrong = Object.entries(fields).filter(
        ([name, field]) => !Object.is(columns[name]![at], Number(row[field])),
      );
      expect(wrong).toEqual([]);
      const open = BigInt(row[0]!) * 1000n;
      const barEnd = nextOpenTime(answer.interval, open);
      const close = BigInt(row[6]!) * 1000n;
      expect([columns['open_time']![at], columns['close_time']![at], columns['count']![at]]).toEqual([
        open,
        close === barEnd - 1000n ? barEnd - 1n : close,
        BigInt(row[8]!),
      ]);
    });
  });
});
