import { type Dataset, type TimeInput, type UtcDay, type UtcMonth, utcDay } from '@vision-cache/cache-keys';

/** From then on the klines' header has the short words. Somewhere between real files of 2022-05 and 2024-09. */
const SHORT_WORDS_FROM = '2023-07-01';
/** These have had a header all along. */
const ALWAYS_HEADED = new Set(['metrics', 'bookDepth', 'bookTicker', 'fundingRate', 'liquidationSnapshot']);

/** The header line of a file, with its line feed, or nothing where files of that time have none. */
export function fileHeader(dataset: Dataset, date: UtcDay | UtcMonth, headersFrom: TimeInput): string {
  const { marketType, dataNature, columns } = dataset;
  if (marketType === 'spot') return '';
  const isAlways = marketType === 'option' || ALWAYS_HEADED.has(dataNature);
  if (!isAlways && date < utcDay(headersFrom).slice(0, date.length)) return '';
  const isLong = dataset.timeColumn === 'open_time' && date < SHORT_WORDS_FROM.slice(0, date.length);
  const words = Object.entries(columns)
    .filter(([, column]) => column.optional !== true || marketType === 'cm')
    .map(([name, column]) => (isLong && name !== 'ignore' ? (column.aliases?.[0] ?? name) : name));
  return `${words.join(',')}\n`;
}
