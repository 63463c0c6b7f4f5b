import { isUtcDay } from '../time/calendar.ts';
import { type Dataset, PACKAGING_FREQUENCIES } from './dataset.ts';
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
    refuse('it is published both with and without an interval, and paths could not be told apart');
  }
  for (const interval of intervals) {
    if (interval !== undefined && !isInterval(interval)) refuse(`${quote(interval)} is not an interval`);
  }
  for (const name of [dataset.timeColumn, ...dataset.identity]) {
    const column = dataset.columns[name];
    if (column === undefined || column.stored === false) refuse(`its column ${quote(name)} is not kept`);
  }
  const day = dataset.labelledByEndBefore;
  if (day !== undefined && !isUtcDay(day)) refuse(`its labelledByEndBefore ${quote(day)} is no day`);
  if (dataset.columns[dataset.timeColumn]?.type !== 'timestamp') refuse('its time column is no timestamp');
}
