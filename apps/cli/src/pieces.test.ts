import { describe, expect, it } from '@jest/globals';
import { BINANCE, createCatalog } from '@vision-cache/cache-keys';
import fc from 'fast-check';
import { matcherOf, parseSeriesName, seriesName } from './series/series-name.ts';
import { manySmallFiles, updateFrom } from './sync/plan-tasks.ts';
import { isOfShard, parseShard } from './sync/shard.ts';
import { taskOf } from './sync/sync-task.ts';
import { decimalText } from './text/decimal-text.ts';
import { escapeTerminal } from './text/escape-terminal.ts';
import { errorText, exitCodeOf } from './text/tell-error.ts';

const every = BINANCE.datasets.flatMap(({ marketType, dataNature, published }) =>
  [...new Set([...published.daily, ...published.monthly])].map((interval) => ({ marketType, dataNature, interval })),
);

describe(seriesName, () => {
  it('is read back, for every dataset and interval, also from the whole path', () => {
    const names = new Set<string>();
    for (const { marketType, dataNature, interval } of every) {
      const path = ['binance', marketType, dataNature, 'BTCUSDT', interval]
        .filter((part) => part !== undefined)
        .join('/');
      const series = parseSeriesName(path, BINANCE);
      expect(series).toMatchObject({ marketType, dataNature, interval, symbol: 'BTCUSDT' });
      const name = seriesName(series);
      expect(parseSeriesName(name, BINANCE)).toEqual(series);
      names.add(name);
    }
    expect(names.size).toBe(every.length);
    for (const name of ['BTCUSDT/1m', 'um/BTCUSDT/1m', 'um/fundingRate/BTCUSDT', 'trades/BTCUSDT'])
      expect(names.has(name)).toBe(true);
  });

  it('takes the packaging frequency of a path, and finds the home of the cache’s own', () => {
    const monthly = createCatalog(BINANCE.datasets, { monthly: ['1d'] });
    expect(parseSeriesName('binance/spot/klines/daily/BTCUSDT/1d', monthly).packagingFrequency).toBe('monthly');
  });

  it.each([['kraken/BTCUSDT/1m'], ['um/spot/BTCUSDT/1m'], ['btcusdt/1m'], ['/'], ['um/BTCUSDT/1s'], ['../BTCUSDT/1m']])(
    'refuses %s',
    (name) => expect(() => parseSeriesName(name, BINANCE)).toThrow(),
  );

  it.each([
    ['BTC/USDT', 'BTCUSDT'],
    ['BTC/USDT/1h', 'BTCUSDT'],
    ['BTC/USD:BTC', 'BTCUSD_PERP'],
    ['um/markPriceKline/BTCUSDT/1h', 'markPriceKlines'],
  ])('tells what %s may mean', (name, meant) => {
    expect(() => parseSeriesName(name, BINANCE)).toThrow(`did you mean "${meant}"?`);
  });
});

describe(matcherOf, () => {
  const series = parseSeriesName('um/1000PEPEUSDT/1h', BINANCE);
  it.each([
    ['*', true],
    ['1000PEPEUSDT', true],
    ['*PEPE*', true],
    ['um', true],
    ['um/*/1h', true],
    ['*/1h', true],
    ['binance/um/**', true],
    ['*/1m', false],
    ['PEPE', false],
    ['spot', false],
    ['1000PEPE?SDT/1h', true],
    ['.*', false],
  ])('%s', (pattern, expected) => expect(matcherOf(pattern)(series)).toBe(expected));
});

describe(isOfShard, () => {
  const months = Array.from(
    { length: 24 },
    (_, number) => `202${String(3 + Math.floor(number / 12))}-${String((number % 12) + 1).padStart(2, '0')}`,
  );

  it('gives each month to one shard, and as many bytes to each, as few symbols have most of them', () => {
    for (const [count, most] of [
      [2, 1.05],
      [8, 1.1],
      [16, 1.2],
    ] as const) {
      const bytes = Array.from({ length: count }, () => 0);
      for (let rank = 1; rank <= 957; rank++) {
        for (const month of months) {
          const owners = bytes.flatMap((_, index) =>
            isOfShard(`um/S${String(rank)}USDT/1m`, month, { index: index + 1, count }) ? [index] : [],
          );
          expect(owners).toHaveLength(1);
          // As Zipf has it: the second has half of the first one's bytes, the third a third.
          bytes[owners[0]!]! += 1 / rank;
        }
      }
      const mean = bytes.reduce((sum, each) => sum + each, 0) / count;
      expect(Math.max(...bytes) / mean).toBeLessThan(most);
    }
  });

  it('never changes: workers of two versions may share the work', () => {
    const work = ['BTCUSDT/1m 2024-01', 'BTCUSDT/1m 2024-02', 'um/ETHUSDT/1h 2024-01', '币安人生USDT/1d 2025-10'];
    const shards = work.map((each) => {
      const [series = '', month = ''] = each.split(' ');
      return [1, 2, 3, 4, 5, 6, 7, 8].find((index) => isOfShard(series, month, { index, count: 8 }));
    });
    expect(shards).toEqual(SHARDS);
  });
});

/** As they were when the first version was made. */
const SHARDS = [8, 1, 3, 7];

describe(parseShard, () => {
  it.each([
    ['Kubernetes', { JOB_COMPLETION_INDEX: '3', VISION_CACHE_SHARD_COUNT: '8' }, '4/8'],
    ['AWS Batch', { AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ARRAY_SIZE: '5' }, '1/5'],
    ['Slurm from 0', { SLURM_ARRAY_TASK_ID: '0', SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '0' }, '1/4'],
    ['Slurm from 1', { SLURM_ARRAY_TASK_ID: '4', SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '1' }, '4/4'],
    ['Cloud Run', { CLOUD_RUN_TASK_INDEX: '2', CLOUD_RUN_TASK_COUNT: '3' }, '3/3'],
    ['GitLab', { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '2' }, '1/2'],
  ])('hears %s', (_, environment, expected) =>
    expect(parseShard('auto', environment)).toEqual(parseShard(expected, {})),
  );

  it.each([
    ['0/3', {}],
    ['4/3', {}],
    ['1', {}],
    ['auto', {}],
    ['auto', { JOB_COMPLETION_INDEX: '3' }],
    ['auto', { JOB_COMPLETION_INDEX: '9', VISION_CACHE_SHARD_COUNT: '8' }],
    ['auto', { AWS_BATCH_JOB_ARRAY_INDEX: 'x', AWS_BATCH_JOB_ARRAY_SIZE: '5' }],
  ])('refuses %s %j', (given, environment) => expect(() => parseShard(given, environment)).toThrow(/shard/));
});

describe(taskOf, () => {
  const series = parseSeriesName('BTCUSDT/1m', BINANCE);
  it('divides a range among shards without rest and without overlap', () => {
    const whole = taskOf(series, '2023-05-07T12:00Z', '2024-03-09', BINANCE, undefined);
    const parts = [1, 2, 3].map((index) =>
      taskOf(series, '2023-05-07T12:00Z', '2024-03-09', BINANCE, { index, count: 3 }),
    );
    const spans = parts.flatMap((part) => part.spans).sort((a, b) => (a.start < b.start ? -1 : 1));
    expect(spans[0]!.start).toBe(whole.spans[0]!.start);
    expect(spans.at(-1)!.end).toBe(whole.spans.at(-1)!.end);
    spans.slice(1).forEach(({ start }, index) => expect(start).toBe(spans[index]!.end));
    expect(parts.reduce((sum, { entries }) => sum + entries, 0)).toBe(whole.entries);
  });

  it('is warned of where it makes very many files of very few rows', () => {
    const tasks = (name: string, from: string) => [
      taskOf(parseSeriesName(name, BINANCE), from, '2024-01-01', BINANCE, undefined),
    ];
    expect(manySmallFiles(tasks('BTCUSDT/1d', '2017-08-17'))).toBeUndefined();
    const many = Array.from({ length: 6 }, () => tasks('BTCUSDT/1d', '2018-01-01')[0]!);
    expect(manySmallFiles(many)).toMatch(/13,146 files .*"vision-cache init --monthly 1d".*"vision-cache repack"/);
    expect(manySmallFiles(many.map(() => tasks('BTCUSDT/1m', '2018-01-01')[0]!))).toBeUndefined();
  });
});

describe(updateFrom, () => {
  it('goes on from the newest stretch of days, over a week that failed and not over a year that nobody wanted', () => {
    const at = (day: string): bigint => BigInt(Date.parse(day)) * 1000n;
    expect(updateFrom(['2020-01-01', '2024-01-01', '2024-01-02', '2024-01-10'])).toBe(at('2024-01-01'));
    expect(updateFrom(['2024-01-05'])).toBe(at('2024-01-05'));
    expect(updateFrom(['2023-11', '2023-12', '2024-01'])).toBe(at('2023-11-01'));
  });
});

describe(decimalText, () => {
  it('is exact and has no exponent, for every number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = decimalText(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text)).toBe(Object.is(value, -0) ? 0 : value);
      }),
    );
    expect(decimalText(2.5e-7)).toBe('0.00000025');
    expect(decimalText(1.5e21)).toBe('1500000000000000000000');
  });
});

describe(escapeTerminal, () => {
  it('lets no escape, no line and no turned text through', () => {
    expect(escapeTerminal('a\u001b[31mb\rc\u202ed')).toBe('a\\u001b[31mb\\u000dc\\u202ed');
  });
});

describe(errorText, () => {
  it('is one sentence with its code, and its causes where they are asked for', () => {
    const error = Object.assign(new Error('It broke', { cause: new Error('the disk') }), { code: 'E_IO' });
    expect(errorText(error, 'short')).toBe('E_IO: It broke.\n');
    expect(errorText(error, 'verbose')).toContain('because: E_UNEXPECTED: the disk.');
    const missing = Object.assign(new Error("ENOENT: no such file or directory, scandir '/gone'"), {
      code: 'ENOENT',
      syscall: 'scandir',
      path: '/gone',
    });
    expect(errorText(missing, 'short')).toBe('E_IO: /gone: there is no such file or folder (ENOENT).\n');
    expect(exitCodeOf(missing)).toBe(2);
    expect(errorText('odd', 'short')).toBe('E_UNEXPECTED: odd.\n');
    expect(
      [{ code: 'E_KEY_SYMBOL' }, { code: 'E_HOMES' }, { code: 'E_LOCKED' }, { code: 'EACCES' }, undefined].map(
        exitCodeOf,
      ),
    ).toEqual([2, 2, 3, 2, 3]);
  });
});
