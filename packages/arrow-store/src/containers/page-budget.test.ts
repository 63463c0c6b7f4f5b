import { describe, expect, it } from '@jest/globals';
import { PageBudget } from './page-budget.ts';
import { PHYSICAL } from './parquet-encoding.ts';
import { MAX_ROWS, mostRows } from './refusal.ts';

describe(mostRows, () => {
  it('lets a small file have a day of one row a second, and a large one a row for each byte', () => {
    expect(mostRows(2000)).toBeGreaterThan(86_400);
    expect(mostRows(264 * 1024)).toBeLessThan(400_000);
    expect(mostRows(2 ** 31)).toBe(MAX_ROWS);
  });
});

describe(PageBudget, () => {
  const damaged = expect.objectContaining({ code: 'E_FORMAT' });

  it('lets a column and its dictionary through, and not the same page again and again', () => {
    const budget = new PageBudget(PHYSICAL.INT64, 0, 1000, 1);
    budget.spend(8000);
    budget.spend(8200);
    expect(() => {
      for (let page = 0; page < 4; page++) budget.spend(8000);
    }).toThrow(damaged);
  });

  it('does not let a page claim 200 MiB for a few rows, nor groups read one dictionary each', () => {
    expect(() => {
      new PageBudget(PHYSICAL.BYTE_ARRAY, 0, 24, 1).spend(200 * 2 ** 20);
    }).toThrow(damaged);
    const many = new PageBudget(PHYSICAL.DOUBLE, 0, 100, 10);
    for (let group = 0; group < 10; group++) many.spendEntries(11);
    expect(many.mostEntries).toBe(0);
  });
});
