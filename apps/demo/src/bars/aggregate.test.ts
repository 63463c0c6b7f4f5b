import { describe, expect, it } from '@jest/globals';
import { aggregate, type Bars, firstAtOrAfter } from './aggregate.ts';
import { gridOf } from './level-of-detail.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

function minutes(start: number, rows: number, price: (row: number) => number = (row) => row): Bars {
  const column = (value: (row: number) => number) => Float64Array.from({ length: rows }, (_, row) => value(row));
  return {
    time: column((row) => start + row * MINUTE),
    open: column(price),
    high: column((row) => price(row) + 2),
    low: column((row) => price(row) - 2),
    close: column((row) => price(row) + 1),
    volume: column(() => 1),
  };
}

const rowsOf = ({ rows }: { rows: Uint32Array }): number => rows.reduce((sum, each) => sum + each, 0);

describe(aggregate, () => {
  it('takes the first open, the last close, the extremes and the sum', () => {
    const window = aggregate([minutes(0, 10)], Float64Array.of(0, 5 * MINUTE), 10 * MINUTE);
    expect([...window.open]).toEqual([0, 5]);
    expect([...window.close]).toEqual([5, 10]);
    expect([...window.high]).toEqual([6, 11]);
    expect([...window.low]).toEqual([-2, 3]);
    expect([...window.volume]).toEqual([5, 5]);
    expect(rowsOf(window)).toBe(10);
  });

  it('leaves a bucket without bars empty', () => {
    const window = aggregate(
      [minutes(0, 1), minutes(10 * MINUTE, 1)],
      Float64Array.of(0, 5 * MINUTE, 10 * MINUTE),
      15 * MINUTE,
    );
    expect([...window.close]).toEqual([1, NaN, 1]);
  });

  it('counts only bars that open within the window', () => {
    const window = aggregate([minutes(0, 100)], Float64Array.of(10 * MINUTE, 11 * MINUTE), 12 * MINUTE);
    expect(rowsOf(window)).toBe(2);
    expect([...window.open]).toEqual([10, 11]);
  });

  it('joins entries across midnight', () => {
    const { grid, end } = gridOf('4h', DAY - 4 * 60 * MINUTE, DAY + 4 * 60 * MINUTE);
    const window = aggregate([minutes(0, 1440), minutes(DAY, 1440)], grid, end);
    expect([...window.open]).toEqual([1200, 0]);
    expect(rowsOf(window)).toBe(480);
  });

  it('sums volumes up to what their decimals sum up to', () => {
    const volumes = Array.from({ length: 1440 }, (_, row) => (row * 7919) % 100_003);
    const day = { ...minutes(0, 1440), volume: Float64Array.from(volumes, (volume) => volume / 1e4) };
    const [sum] = aggregate([day], Float64Array.of(0), DAY).volume;
    expect(sum).toBe(volumes.reduce((total, volume) => total + volume, 0) / 1e4);
  });

  it('gives nothing for no grid', () => {
    expect(rowsOf(aggregate([minutes(0, 5)], new Float64Array(0), 0))).toBe(0);
  });

  it('sums a year of minutes to months without losing a bar', () => {
    const start = Date.UTC(2023, 0, 1);
    const days = Array.from({ length: 365 }, (_, day) => minutes(start + day * DAY, 1440));
    const { grid, end } = gridOf('1mo', start, start + 365 * DAY);
    const window = aggregate(days, grid, end);
    expect(rowsOf(window)).toBe(525_600);
    expect([...window.volume]).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].map((days) => days * 1440));
  });
});

describe(firstAtOrAfter, () => {
  it('finds the first time that is not earlier', () => {
    const times = Float64Array.of(1, 3, 5);
    expect([0, 1, 2, 5, 6].map((at) => firstAtOrAfter(times, at))).toEqual([0, 0, 1, 2, 3]);
  });
});
