import { isUtcDay } from '../time/calendar.ts';
import { type Dataset, PACKAGING_FREQUENCIES } from './dataset.ts';
import type { Expectation } from './expectation.ts';
import { CacheKeyError, quote } from '../contract/errors.ts';
import { isInterval } from '../time/interval.ts';
import { isDeviceName } from '../contract/symbol.ts';

const SEGMENT = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

/** Whether the text can be the name of an exchange, a market type or a data nature, and so of a folder. */
export function isFolderName(text: string): boolean {
  return SEGMENT.test(text) && !isDeviceName(text);
}

/**
 * Looks whether paths, types and schemas can be made of a dataset.
 * @throws {CacheKeyError} `E_KEY_DATASET`
 */
export function assertUsable(dataset: Dataset): void {
  const refuse = (why: string): never => {
    throw new CacheKeyError('E_KEY_DATASET', `The dataset ${quote(dataset.id)} cannot be used: ${why}.`, {
      received: dataset.id,
    });
  };
  for (const part of ['exchange', 'marketType', 'dataNature'] as const) {
    if (!isFolderName(dataset[part])) {
      refuse(`its ${part} ${quote(dataset[part])} must be letters, digits and "_", beginning with a letter`);
    }
  }
  if (dataset.id !== `${dataset.exchange}/${dataset.marketType}/${dataset.dataNature}`) {
    refuse('its id is not its name');
  }
  const intervals = PACKAGING_FREQUENCIES.flatMap((each) => dataset.published[each]);
  if (intervals.length === 0) refuse('nothing of it is published');
  if (intervals.includes(undefined) && intervals.some((each) => each !== undefined)) {
    refuse('it is published both with and without an interval, so that paths would be ambiguous');
  }
  for (const interval of intervals) {
    if (interval !== undefined && !isInterval(interval)) refuse(`${quote(interval)} is not an interval`);
  }
  for (const name of [dataset.timeColumn, ...dataset.identity]) {
    const column = dataset.columns[name];
    if (column === undefined || column.stored === false) refuse(`its column ${quote(name)} is not kept`);
  }
  const day = dataset.labelledByEndBefore;
  if (day !== undefined && !isUtcDay(day)) refuse(`its labelledByEndBefore ${quote(day)} is not a day`);
  if (dataset.firstDay !== undefined && !isUtcDay(dataset.firstDay)) {
    refuse(`its firstDay ${quote(dataset.firstDay)} is not a day`);
  }
  refuseLifetime(dataset, refuse);
  refuseExpectation(dataset, refuse);
  if (dataset.columns[dataset.timeColumn]?.type !== 'timestamp') refuse('its time column is not a timestamp');
}

type Refuse = (why: string) => never;

function refuseLifetime({ lifetime }: Dataset, refuse: Refuse): void {
  if (lifetime === undefined) return;
  for (const name of ['from', 'to', 'asOf'] as const) {
    const day: unknown = lifetime[name];
    if (day === undefined && name !== 'asOf') continue;
    if (typeof day !== 'string' || !isUtcDay(day)) refuse(`its lifetime.${name} ${quote(day)} is not a day`);
  }
}

/** Each number of an expectation, which plain JavaScript may give in any form. */
const EXPECTATION_NUMBERS = {
  grid: [],
  ids: [],
  interval: ['toleranceSeconds'],
  pause: ['usualSeconds', 'multiple'],
  silence: ['hours', 'ids'],
  none: [],
} as const satisfies Record<Expectation['rule'], readonly string[]>;

function refuseExpectation({ columns, expectation }: Dataset, refuse: Refuse): void {
  if (expectation === undefined) return;
  const { rule } = expectation;
  if (!Object.hasOwn(EXPECTATION_NUMBERS, rule)) refuse(`its expectation ${quote(rule)} is not a rule`);
  if (rule === 'grid' && expectation.every !== 'interval' && !isInterval(expectation.every)) {
    refuse(`its expectation's every ${quote(expectation.every)} is not an interval`);
  }
  for (const name of EXPECTATION_NUMBERS[rule]) {
    const value: unknown = Reflect.get(expectation, name);
    const isPositive = typeof value === 'number' && Number.isFinite(value) && value >= 0;
    if (!isPositive) refuse(`its expectation's ${name} ${quote(value)} is not a number of at least 0`);
  }
  if (!('column' in expectation)) return;
  const column = columns[expectation.column];
  if (column?.type !== 'int64' || column.stored === false) {
    refuse(`its expectation's column ${quote(expectation.column)} is not a stored int64 column`);
  }
}
