import {
  type CacheKey,
  type Dataset,
  type DataNature,
  type Interval,
  type MarketType,
  type TimeInput,
  type UtcDay,
  type UtcMonth,
  epochMicroseconds,
} from '@vision-cache/cache-keys';
import { type NatureFault, withNatureFault } from './nature-faults.ts';

// Taken once: within a test runner's own realm, each look-up of a global is slow.
const { floor, max } = Math;

/** Of which data an irregularity is; what is left out matches everything. */
export interface IrregularitySelector {
  readonly marketType?: MarketType;
  readonly dataNature?: DataNature;
  readonly symbol?: string;
  readonly interval?: Interval;
}

/** What happened to the market: in the archive and in REST alike. */
export type MarketIrregularity =
  /** No trade in [start, end): bars within it are absent, and the bar before it closes early. Whole milliseconds. */
  | { readonly name: 'outage'; readonly start: TimeInput; readonly end: TimeInput }
  /** Bars that open within the span open later than their grid says. @default offset 14,789 ms, as on 2018-02-09 */
  | {
      readonly name: 'off-grid';
      readonly start: TimeInput;
      readonly end: TimeInput;
      readonly offsetMilliseconds?: number;
    }
  /** The bar that opens at that moment has close_time == open_time. */
  | { readonly name: 'zero-length-bar'; readonly at: TimeInput };

/** What the publisher did to one file: that of the day, or with a month as `date` the monthly one. */
export type FileIrregularity =
  | NatureFault
  /** Rows that are there twice. @default 36 rows, as in 33 real files */
  | { readonly name: 'duplicates'; readonly date: UtcDay | UtcMonth; readonly rows?: number }
  | { readonly name: 'unsorted'; readonly date: UtcDay | UtcMonth }
  /** The file ends early, and its CHECKSUM agrees with it. @default keep 0.785, as on 2024-11-19 */
  | { readonly name: 'short-archive'; readonly date: UtcDay | UtcMonth; readonly keep?: number }
  /** The file's member has no rows. */
  | { readonly name: 'empty-archive'; readonly date: UtcDay | UtcMonth }
  /** The file also holds the first three rows of the following day or month. */
  | { readonly name: 'foreign-rows'; readonly date: UtcDay | UtcMonth }
  /** The CHECKSUM is of other bytes than the file's, which are good. */
  | { readonly name: 'wrong-checksum'; readonly date: UtcDay | UtcMonth }
  | { readonly name: 'checksum-form'; readonly date: UtcDay | UtcMonth; readonly form: ChecksumForm }
  /** The file does not unzip, and its CHECKSUM agrees with it. */
  | { readonly name: 'broken-zip'; readonly date: UtcDay | UtcMonth }
  /** The name of the monthly file has its month unpadded: `ADABKRW-1d-2020-8.zip`. */
  | { readonly name: 'unpadded-month'; readonly date: UtcMonth }
  /** The publisher's hole: the file is not there, and never will be. */
  | { readonly name: 'missing-file'; readonly date: UtcDay | UtcMonth }
  /** The file appears that much later than others. */
  | { readonly name: 'late'; readonly date: UtcDay | UtcMonth; readonly hours: number }
  /** Until that moment the file is another one: cut short, or with other volumes. @default 'restated' */
  | {
      readonly name: 'republished';
      readonly date: UtcDay | UtcMonth;
      readonly at: TimeInput;
      readonly before?: 'restated' | 'short';
    }
  /** The monthly file has other volumes on these days than the daily ones. @default every day */
  | { readonly name: 'monthly-disagrees'; readonly date: UtcMonth; readonly days?: readonly UtcDay[] }
  | { readonly name: 'monthly-lacks-days'; readonly date: UtcMonth; readonly days: readonly UtcDay[] }
  /** REST has other volumes on that day than the archive. */
  | { readonly name: 'rest-restated'; readonly date: UtcDay };

export type ChecksumForm =
  'upper-case' | 'crlf' | 'no-newline' | 'two-lines' | 'other-name' | 'garbage' | 'empty' | 'missing';

/** An irregularity that really occurs in the archive, by name: which data, and what is wrong with it. */
export type Irregularity = IrregularitySelector & (MarketIrregularity | FileIrregularity);

export function selects(selector: IrregularitySelector, key: Omit<CacheKey, 'date' | 'packagingFrequency'>): boolean {
  return (
    (selector.marketType ?? key.marketType) === key.marketType &&
    (selector.dataNature ?? key.dataNature) === key.dataNature &&
    (selector.symbol ?? key.symbol) === key.symbol &&
    (selector.interval ?? key.interval) === key.interval
  );
}

/** The rows of a file as the publisher wrote them. Pure; `lines` without a header. */
export function publishedLines(
  dataset: Dataset,
  lines: readonly string[],
  irregularities: readonly FileIrregularity[],
  following: () => readonly string[],
  now: number,
): readonly string[] {
  let written = lines;
  for (const irregularity of irregularities) {
    switch (irregularity.name) {
      case 'duplicates':
        written = repeated(written, irregularity.rows ?? 36);
        break;
      case 'unsorted':
        written = written.map(
          (_, row) => written[row % 2 === 0 && row + 1 < written.length ? row + 1 : row - (row % 2)]!,
        );
        break;
      case 'short-archive':
        written = written.slice(0, floor(written.length * (irregularity.keep ?? 0.785)));
        break;
      case 'empty-archive':
        written = [];
        break;
      case 'foreign-rows':
        written = [...written, ...following().slice(0, 3)];
        break;
      case 'republished':
        if (now >= microsecondsOf(irregularity.at)) break;
        written =
          irregularity.before === 'short'
            ? written.slice(0, floor(written.length / 2))
            : written.map((line) => restated(line));
        break;
      default:
        written = withNatureFault(dataset, written, irregularity);
        break;
    }
  }
  return written;
}

/** The middle of the file once more, after itself. */
function repeated(lines: readonly string[], rows: number): readonly string[] {
  const from = max(0, floor((lines.length - rows) / 2));
  return [...lines.slice(0, from + rows), ...lines.slice(from, from + rows), ...lines.slice(from + rows)];
}

/** The line of a bar with another volume: its last digit changed. Lines of other kinds: their third field. */
export function restated(line: string): string {
  const fields = line.split(',');
  const at = fields.length === 12 ? 5 : 2;
  const field = fields[at] ?? '';
  fields[at] = `${field.slice(0, -1)}${(Number(field.slice(-1)) + 1) % 10}`;
  return fields.join(',');
}

export const microsecondsOf = (time: TimeInput): number => Number(epochMicroseconds(time));

/** The text of a CHECKSUM file. */
export function checksumText(sha256: string, zipName: string, form: ChecksumForm | undefined): string {
  const line = `${sha256}  ${zipName}`;
  switch (form) {
    case undefined:
    case 'missing':
      return `${line}\n`;
    case 'upper-case':
      return `${sha256.toUpperCase()}  ${zipName}\n`;
    case 'crlf':
      return `${line}\r\n`;
    case 'no-newline':
      return line;
    case 'two-lines':
      return `${line}\n${'0'.repeat(64)}  ${zipName}.old\n`;
    case 'other-name':
      return `${sha256}  OTHER-${zipName}\n`;
    case 'garbage':
      return 'not a checksum\n';
    case 'empty':
      return '';
    default:
      return form satisfies never;
  }
}
