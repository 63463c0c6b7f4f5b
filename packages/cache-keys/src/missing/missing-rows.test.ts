import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runs } from '../contract/runs.fixture.ts';
import { type Dataset, defineDataset } from '../datasets/dataset.ts';
import { DATASETS } from '../datasets/datasets.ts';
import { isCacheKeyError } from '../contract/errors.ts';
import { epochMicroseconds, isoText } from '../time/time-input.ts';
import { spanOf, type TimeSpan, timeSpan } from '../time/utc-date.ts';
import { edgeRows, expectationColumns, missingRows, type MissingRowsOptions } from './missing-rows.ts';

const SECOND = 1_000_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;
const DAY = '2024-02-16';
const day = spanOf(DAY);

const at = (text: string): bigint => epochMicroseconds(`${DAY}T${text}Z`);
const rowsOf = (columns: Readonly<Record<string, readonly bigint[]>>) => ({
  numRows: Object.values(columns)[0]!.length,
  columns: Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, BigInt64Array.from(values)]),
  ) as never,
});
const shown = (spans: readonly TimeSpan[]): string[] =>
  spans.map(({ start, end }) => `${isoText(start).slice(11, -1)} ${isoText(end).slice(11, -1)}`);
const gapsOf = (
  dataset: Dataset,
  columns: Readonly<Record<string, readonly bigint[]>>,
  span: TimeSpan = day,
  options: MissingRowsOptions = {},
): string[] => shown(missingRows(dataset, rowsOf(columns), span, options).gaps);

/** `count` times, `step` apart. */
const every = (start: bigint, step: bigint, count: number): bigint[] =>
  Array.from({ length: count }, (_, row) => start + BigInt(row) * step);

describe('a grid', () => {
  const metrics = DATASETS['binance/um/metrics'];
  const byEnd = every(day.start + 5n * MINUTE, 5n * MINUTE, 288);
  const late = spanOf('2026-07-01');
  const byStart = every(late.start, 5n * MINUTE, 288);

  it('is whole with 288 rows, by the end of their five minutes or by the start', () => {
    expect(missingRows(metrics, rowsOf({ create_time: byEnd }), day)).toMatchObject({
      strength: 'exact',
      gaps: [],
      ids: [],
      expected: 'a row every 5m',
    });
    expect(missingRows(metrics, rowsOf({ create_time: byStart }), late).gaps).toEqual([]);
  });

  it('tells that the metrics of 2024-02-16 stop at 13:30 (#335)', () => {
    expect(gapsOf(metrics, { create_time: byEnd.filter((time) => time <= at('13:30')) })).toEqual([
      '13:30:00 00:00:00',
    ]);
  });

  it('tells the first place and the last, of either label', () => {
    expect(gapsOf(metrics, { create_time: byEnd.slice(1, -1) })).toEqual(['00:00:00 00:05:00', '23:55:00 00:00:00']);
    expect(gapsOf(metrics, { create_time: byStart.slice(1, -1) }, late)).toEqual([
      '00:00:00 00:05:00',
      '23:55:00 00:00:00',
    ]);
  });

  it('takes a row that is seconds late for its place', () => {
    expect(gapsOf(metrics, { create_time: byEnd.map((time, row) => time + BigInt(row % 7) * SECOND) })).toEqual([]);
  });

  it('expects nothing of five minutes that a range does not hold wholly, where rows bear their end', () => {
    expect(gapsOf(metrics, { create_time: [at('10:10')] }, timeSpan(at('10:02'), at('10:13')))).toEqual([]);
    expect(gapsOf(metrics, { create_time: [] }, timeSpan(at('10:02'), at('10:13')))).toEqual(['10:05:00 10:10:00']);
  });

  it('goes over the day on which the label changes', () => {
    const turn = spanOf('2026-06-25').start;
    const span = { start: turn - HOUR, end: turn + HOUR };
    const rows = every(turn - HOUR + 5n * MINUTE, 5n * MINUTE, 23);
    expect(gapsOf(metrics, { create_time: rows }, span)).toEqual([]);
    expect(
      gapsOf(
        metrics,
        { create_time: rows.filter((time) => time < turn - 2n * MINUTE || time > turn + 2n * MINUTE) },
        span,
      ),
    ).toEqual(['23:55:00 00:05:00']);
  });

  it('of an empty span is the whole span', () => {
    expect(gapsOf(metrics, { create_time: [] })).toEqual(['00:00:00 00:00:00']);
  });

  it('of klines is that of the key; a bar off it stands for the place in which it opens', () => {
    const klines = DATASETS['binance/spot/klines'];
    const bars = every(day.start, HOUR, 24);
    expect(gapsOf(klines, { open_time: bars }, day, { interval: '1h' })).toEqual([]);
    const off = bars.map((time, row) => (row === 9 ? time + 28n * MINUTE : time)).filter((_, row) => row !== 20);
    expect(gapsOf(klines, { open_time: off }, day, { interval: '1h' })).toEqual(['20:00:00 21:00:00']);
    const month = spanOf('2024-02');
    expect(missingRows(klines, rowsOf({ open_time: [] }), month, { interval: '1mo' }).gaps).toEqual([month]);
    expect(missingRows(klines, rowsOf({ open_time: [month.start] }), month, { interval: '1mo' }).gaps).toEqual([]);
    expect(missingRows(klines, rowsOf({ open_time: [] }), day).strength).toBe('none');
  });

  it('finds exactly the places of which the rows are gone, whatever is gone', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 287 })), fc.boolean(), (gone, isLate) => {
        const [rows, span] = isLate ? [byStart, late] : [byEnd, day];
        const left = rows.filter((_, row) => !gone.includes(row));
        const { gaps } = missingRows(metrics, rowsOf({ create_time: left }), span);
        const places = gaps.flatMap(({ start, end }) =>
          every(start, 5n * MINUTE, Number((end - start) / (5n * MINUTE))).map((time) =>
            Number((time - span.start) / (5n * MINUTE)),
          ),
        );
        expect(places).toEqual([...gone].sort((a, b) => a - b));
      }),
      runs(100),
    );
  });
});

describe('contiguous ids', () => {
  const aggTrades = DATASETS['binance/spot/aggTrades'];
  const ids = (rows: readonly (readonly [time: bigint, id: bigint])[], options: MissingRowsOptions = {}, span = day) =>
    missingRows(
      aggTrades,
      rowsOf({ transact_time: rows.map(([time]) => time), agg_trade_id: rows.map(([, id]) => id) }),
      span,
      options,
    );

  it('that step by one miss nothing, and make no gap of time', () => {
    expect(
      ids([
        [at('01:00'), 7n],
        [at('01:00'), 8n],
        [at('23:00'), 9n],
      ]),
    ).toMatchObject({ gaps: [], ids: [] });
  });

  it('that jump tell which are missing, and the rows around them', () => {
    expect(
      ids([
        [at('01:00'), 7n],
        [at('02:00'), 12n],
      ]).ids,
    ).toEqual([{ from: 8n, to: 11n, after: at('01:00'), before: at('02:00') }]);
  });

  it('jump from day to day: 1031427011 → 1032101778 on 2021-12-14 (#354)', () => {
    const next = { time: day.end + SECOND, id: 1_032_101_778n };
    expect(ids([[at('09:29'), 1_031_427_011n]], { after: next }).ids).toEqual([
      { from: 1_031_427_012n, to: 1_032_101_777n, after: at('09:29'), before: next.time },
    ]);
    const last = { time: day.start - SECOND, id: 3n };
    expect(ids([[at('09:29'), 5n]], { before: last }).ids).toEqual([
      { from: 4n, to: 4n, after: last.time, before: at('09:29') },
    ]);
  });

  it('tell nothing of the edges without a neighbour, nor of a neighbour that tells no id', () => {
    expect(ids([[at('09:29'), 5n]]).ids).toEqual([]);
    expect(ids([[at('09:29'), 5n]], { before: { time: 0n }, after: { time: day.end } }).ids).toEqual([]);
    expect(ids([]).ids).toEqual([]);
    expect(ids([], { before: { time: day.start, id: 1n }, after: { time: day.end, id: 4n } }).ids).toEqual([
      { from: 2n, to: 3n, after: day.start, before: day.end },
    ]);
  });

  it('may be borne by two days, as ZILBTC 12027555 is (#353)', () => {
    expect(
      ids(
        [
          [at('00:00'), 5n],
          [at('00:01'), 6n],
        ],
        { before: { time: day.start - 1n, id: 5n } },
      ).ids,
    ).toEqual([]);
  });

  it('of two runs that alternate row by row are looked at in the order of ids (#288)', () => {
    const rows = [1n, 101n, 2n, 102n, 3n, 103n].map((id, row) => [at('10:00') + BigInt(row), id] as const);
    expect(ids(rows).ids.map(({ from, to }) => [from, to])).toEqual([[4n, 100n]]);
  });

  it('passes over the rows of other days', () => {
    expect(
      ids([
        [day.start - 1n, 1n],
        [at('09:00'), 5n],
        [day.end, 9n],
      ]).ids,
    ).toEqual([]);
  });

  it('are told exactly, whatever is gone, also beyond 2^32 and 2^53', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1n, 2n ** 32n - 5n, 2n ** 53n - 5n, 2n ** 62n),
        fc.uniqueArray(fc.integer({ min: 1, max: 48 })),
        (first, gone) => {
          const rows = every(0n, 1n, 50)
            .filter((row) => !gone.includes(Number(row)))
            .map((row) => [day.start + row, first + row] as const);
          const missing = ids(rows).ids.flatMap(({ from, to }) => every(from, 1n, Number(to - from) + 1));
          expect(missing).toEqual([...gone].sort((a, b) => a - b).map((row) => first + BigInt(row)));
        },
      ),
      runs(100),
    );
  });
});

describe('an interval in a column', () => {
  const funding = DATASETS['binance/cm/fundingRate'];
  const month = spanOf('2024-02');
  const gaps = (rows: readonly (readonly [time: bigint, hours: number])[], span = month): string[] =>
    missingRows(
      funding,
      rowsOf({
        calc_time: rows.map(([time]) => time),
        funding_interval_hours: rows.map(([, hours]) => BigInt(hours)),
      }),
      span,
    ).gaps.map(({ start, end }) => `${isoText(start).slice(8, 13)} ${isoText(end).slice(8, 13)}`);
  const whole = every(month.start, 8n * HOUR, 87).map((time, row) => [time + BigInt(row % 9) * 1000n, 8] as const);

  it('is whole with 87 rows of 8 hours, some milliseconds late', () => {
    expect(gaps(whole)).toEqual([]);
  });

  it('finds the days that are not there: 9 of 93 rows', () => {
    expect(gaps(whole.slice(0, 9))).toEqual(['04T00 01T00']);
    expect(gaps(whole.slice(80))).toEqual(['01T00 27T16']);
    expect(gaps(whole.filter((_, row) => row !== 10))).toEqual(['04T08 04T16']);
    expect(gaps([])).toEqual(['01T00 01T00']);
  });

  it('takes a change of the interval for none: 8, then 4, then 1', () => {
    const after = (days: bigint): bigint => month.start + days * 24n * HOUR;
    const changing = [
      ...every(month.start, 8n * HOUR, 30).map((time) => [time, 8] as const),
      ...every(after(10n), 4n * HOUR, 60).map((time) => [time, 4] as const),
      ...every(after(20n), HOUR, 24 * 9).map((time) => [time, 1] as const),
    ];
    expect(gaps(changing)).toEqual([]);
    // Told of the time before the row instead of behind it.
    const before = (row: number): bigint => changing[row]![0] - changing[row - 1]![0];
    expect(gaps(changing.map(([time], row) => [time, row === 0 ? 8 : Number(before(row) / HOUR)]))).toEqual([]);
    expect(gaps(changing.filter((_, row) => row !== 95 && row !== 96))).toEqual(['21T05 21T07']);
  });

  it('expects nothing by a number that is no interval', () => {
    expect(gaps([...whole, [month.end - HOUR, 0] as const])).toEqual([]);
  });
});

describe('a usual pace', () => {
  const depth = DATASETS['binance/um/bookDepth'];

  it('has pauses of up to ten steps, and calls longer ones usual gaps', () => {
    const snapshots = every(day.start, 30n * SECOND, 2880).flatMap((time) => [time, time, time]);
    expect(gapsOf(depth, { timestamp: snapshots })).toEqual([]);
    const found = missingRows(
      depth,
      rowsOf({ timestamp: snapshots.filter((time) => time < at('10:00') || time >= at('11:00')) }),
      day,
    );
    expect(shown(found.gaps)).toEqual(['10:00:00 11:00:00']);
    expect(found.strength).toBe('usual');
    expect(gapsOf(depth, { timestamp: snapshots.filter((time) => time < at('10:00') || time >= at('10:04')) })).toEqual(
      [],
    );
  });

  it('tells of a day with 8 snapshots (2023-01-09)', () => {
    const rows = every(at('00:00'), HOUR, 8);
    const gaps = gapsOf(depth, { timestamp: rows });
    expect(gaps).toHaveLength(8);
    expect([gaps[0], gaps[7]]).toEqual(['00:00:30 01:00:00', '07:00:30 00:00:00']);
  });

  it('tells of half a day of BVOLIndex (#499), and of none at all', () => {
    const index = DATASETS['binance/option/BVOLIndex'];
    expect(gapsOf(index, { calc_time: every(day.start, SECOND, 43_200) })).toEqual(['12:00:00 00:00:00']);
    expect(gapsOf(index, { calc_time: every(at('12:00'), SECOND, 43_200) })).toEqual(['00:00:00 12:00:00']);
    expect(gapsOf(index, { calc_time: [] })).toEqual(['00:00:00 00:00:00']);
  });
});

describe('a silence over which ids jump', () => {
  const trades = DATASETS['binance/cm/trades'];
  const gaps = (rows: readonly (readonly [time: bigint, id: bigint])[], options: MissingRowsOptions = {}) =>
    gapsOf(trades, { time: rows.map(([time]) => time), id: rows.map(([, id]) => id) }, day, options);

  it('of hours by many is a gap; ids that jump in a moment, and hours without a trade, are none (#363, #378)', () => {
    expect(
      gaps([
        [at('01:00'), 1n],
        [at('01:01'), 5000n],
      ]),
    ).toEqual([]);
    expect(
      gaps([
        [at('01:00'), 1n],
        [at('09:00'), 20n],
      ]),
    ).toEqual([]);
    expect(
      gaps([
        [at('01:00'), 1n],
        [at('09:00'), 200n],
      ]),
    ).toEqual(['01:00:00.000001 09:00:00']);
  });

  it('may begin on the day before and end on the day after', () => {
    expect(gaps([[at('22:00'), 9000n]], { before: { time: day.start - HOUR, id: 1n } })).toEqual(['00:00:00 22:00:00']);
    expect(gaps([[at('02:00'), 9n]], { after: { time: day.end + HOUR, id: 5000n } })).toEqual([
      '02:00:00.000001 00:00:00',
    ]);
    expect(gaps([[at('02:00'), 9n]], { after: { time: day.end + HOUR, id: 12n } })).toEqual([]);
  });

  it('behind the last row is told by the pace of the rows: a cm day with its first two hours only (#492)', () => {
    const rows = every(0n, 1n, 2400).map((row) => [day.start + row * 3n * SECOND, 7n + row] as const);
    expect(gaps(rows)).toEqual(['01:59:57.000001 00:00:00']);
    expect(gaps(rows, { after: { time: day.end, id: 2408n } })).toEqual([]);
    // A few rows tell no pace.
    expect(gaps(rows.filter((_, row) => row % 100 === 0))).toEqual([]);
    expect(gaps(rows.slice(0, 1000))).toEqual([]);
    expect(gaps([])).toEqual([]);
  });
});

describe(missingRows, () => {
  it('expects nothing of a dataset that does not say, and says why where it does', () => {
    const own = defineDataset({
      exchange: 'kraken',
      marketType: 'spot',
      dataNature: 'spreads',
      published: { daily: [undefined], monthly: [] },
      timeColumn: 'time',
      identity: ['time'],
      columns: { time: { type: 'timestamp', unit: 'us' } },
    });
    expect(missingRows(own, rowsOf({ time: [] }), day)).toEqual({
      strength: 'none',
      gaps: [],
      ids: [],
      expected: 'nothing: the dataset does not say',
    });
    expect(missingRows(DATASETS['binance/um/bookTicker'], rowsOf({ transaction_time: [] }), day).gaps).toEqual([]);
  });

  it("takes another exchange's own expectation", () => {
    const own = defineDataset({
      exchange: 'kraken',
      marketType: 'spot',
      dataNature: 'marks',
      published: { daily: [undefined], monthly: [] },
      timeColumn: 'time',
      identity: ['time'],
      expectation: { rule: 'grid', every: '6h' },
      columns: { time: { type: 'timestamp', unit: 'us' } },
    });
    expect(gapsOf(own, { time: [at('00:00'), at('18:00')] })).toEqual(['06:00:00 18:00:00']);
  });

  it('finds nothing in an empty span', () => {
    expect(gapsOf(DATASETS['binance/um/metrics'], { create_time: [] }, { start: day.start, end: day.start })).toEqual(
      [],
    );
  });

  it('refuses rows without a column that it needs, by its name', () => {
    const dataset = DATASETS['binance/um/aggTrades'];
    expect(expectationColumns(dataset)).toEqual(['transact_time', 'agg_trade_id']);
    expect(expectationColumns(DATASETS['binance/um/bookTicker'])).toEqual(['transaction_time']);
    let thrown: unknown;
    try {
      missingRows(dataset, rowsOf({ transact_time: [1n] }), day);
    } catch (error) {
      thrown = error;
    }
    expect(isCacheKeyError(thrown) && [thrown.code, thrown.message.includes('"agg_trade_id"')]).toEqual([
      'E_KEY_DATASET',
      true,
    ]);
  });
});

describe(edgeRows, () => {
  it('are the first and the last, by their ids where these are looked at', () => {
    const dataset = DATASETS['binance/um/aggTrades'];
    const rows = rowsOf({ transact_time: [1n, 2n, 3n, 4n], agg_trade_id: [5n, 3n, 9n, 8n] });
    expect(edgeRows(dataset, rows)).toEqual({ first: { time: 2n, id: 3n }, last: { time: 3n, id: 9n } });
    expect(edgeRows(dataset, rowsOf({ transact_time: [], agg_trade_id: [] }))).toBeUndefined();
    expect(edgeRows(DATASETS['binance/um/metrics'], rowsOf({ create_time: [1n, 2n] }))).toEqual({
      first: { time: 1n },
      last: { time: 2n },
    });
  });
});
