import type { Dataset, TimeInput, UtcDay, UtcMonth } from '@vision-cache/cache-keys';
import { epochMicroseconds } from '@vision-cache/cache-keys';

/** What is wrong with files of natures other than klines, as it was seen in the archive: the file of that day or month. */
export type NatureFault =
  /** Rows of a span are not there, and the CHECKSUM is right: hours of metrics, days of funding, ids of trades. */
  | {
      readonly name: 'lacks-span';
      readonly date: UtcDay | UtcMonth;
      readonly start: TimeInput;
      readonly end: TimeInput;
    }
  /** Rows bear the label of the row before them, with other values. @default 96 rows of 288, as in metrics */
  | { readonly name: 'repeated-labels'; readonly date: UtcDay | UtcMonth; readonly rows?: number }
  /** `is_buyer_maker` is true in every row. */
  | { readonly name: 'constant-flag'; readonly date: UtcDay | UtcMonth }
  /** Trades of quantity 0. @default 50 rows */
  | { readonly name: 'zero-quantity'; readonly date: UtcDay | UtcMonth; readonly rows?: number }
  /** Every band of bookDepth bears the depth and the notional of the first snapshot. */
  | { readonly name: 'frozen-bands'; readonly date: UtcDay | UtcMonth }
  /** So many snapshots of bookDepth in all of the day. @default 8, as on 2023-01-09 */
  | { readonly name: 'few-snapshots'; readonly date: UtcDay | UtcMonth; readonly snapshots?: number }
  /** Two runs of rows that alternate, each in order. */
  | { readonly name: 'interleaved-runs'; readonly date: UtcDay | UtcMonth }
  /** Every row exactly twice. */
  | { readonly name: 'every-row-twice'; readonly date: UtcDay | UtcMonth }
  /** From an instant on, funding is paid at another distance. @default every 4 hours */
  | {
      readonly name: 'funding-interval';
      readonly date: UtcMonth;
      readonly from: TimeInput;
      readonly hours?: 1 | 2 | 4;
    };

type Field = 'time' | 'quantity' | 'flag' | 'band';

/** The lines of a file with the fault. Pure; `lines` without a header, in order. */
export function withNatureFault(
  dataset: Dataset,
  lines: readonly string[],
  fault: { readonly name: string },
): readonly string[] {
  const each = fault as NatureFault;
  const [first] = lines;
  if (first === undefined) return lines;
  const at = placesIn(dataset, first);
  switch (each.name) {
    case 'lacks-span': {
      const [start, end] = [Number(epochMicroseconds(each.start)), Number(epochMicroseconds(each.end))];
      return lines.filter((line) => {
        const time = timeOf(line.split(',')[at.time]!);
        return time < start || time >= end;
      });
    }
    case 'repeated-labels': {
      const rows = each.rows ?? 96;
      return lines.map((line, row) =>
        row % 3 === 1 && row < rows * 3 ? withField(line, at.time, lines[row - 1]!.split(',')[at.time]!) : line,
      );
    }
    case 'constant-flag':
      return at.flag < 0 ? lines : lines.map((line) => withField(line, at.flag, capital(line.split(',')[at.flag]!)));
    case 'zero-quantity':
      return at.quantity < 0
        ? lines
        : lines.map((line, row) => (row < (each.rows ?? 50) ? withField(line, at.quantity, '0') : line));
    case 'frozen-bands':
      return at.band < 0 ? lines : frozen(lines, at.time, at.band);
    case 'few-snapshots': {
      const times = [...new Set(lines.map((line) => line.split(',')[at.time]!))];
      const step = Math.max(1, Math.floor(times.length / (each.snapshots ?? 8)));
      const kept = new Set(times.filter((_, place) => place % step === 0).slice(0, each.snapshots ?? 8));
      return lines.filter((line) => kept.has(line.split(',')[at.time]!));
    }
    case 'interleaved-runs': {
      const half = Math.ceil(lines.length / 2);
      return lines.map((_, row) => lines[row % 2 === 0 ? row / 2 : half + (row - 1) / 2]!);
    }
    case 'every-row-twice':
      return lines.flatMap((line) => [line, line]);
    case 'funding-interval':
      return moreOften(lines, Number(epochMicroseconds(each.from)), each.hours ?? 4);
    default:
      return lines;
  }
}

function placesIn({ columns, timeColumn }: Dataset, line: string): Readonly<Record<Field, number>> {
  const all = Object.keys(columns);
  const fields = line.split(',').length;
  const names = fields === all.length ? all : all.filter((name) => columns[name]!.optional !== true);
  return {
    time: names.indexOf(timeColumn),
    quantity: Math.max(names.indexOf('quantity'), names.indexOf('qty')),
    flag: names.indexOf('is_buyer_maker'),
    band: names.indexOf('percentage'),
  };
}

const withField = (line: string, at: number, text: string): string => {
  const fields = line.split(',');
  fields[at] = text;
  return fields.join(',');
};

/** Spot writes booleans as Python does. */
const capital = (flag: string): string => (/^[TF]/.test(flag) ? 'True' : 'true');

function timeOf(text: string): number {
  if (text.includes('-')) return Date.parse(`${text.replace(' ', 'T')}Z`) * 1000;
  return text.length >= 16 ? Number(text) : Number(text) * 1000;
}

/** Each band with what it bore in the first snapshot. */
function frozen(lines: readonly string[], time: number, band: number): string[] {
  const first = new Map<string, readonly string[]>();
  return lines.map((line) => {
    const fields = line.split(',');
    const values = first.get(fields[band]!) ?? fields;
    first.set(fields[band]!, values);
    return values.map((value, at) => (at === time ? fields[time] : value)).join(',');
  });
}

/** Rows of every eight hours, from an instant on at a shorter distance that they state themselves. */
function moreOften(lines: readonly string[], from: number, hours: number): string[] {
  return lines.flatMap((line) => {
    const [time = '', , ...rest] = line.split(',');
    if (Number(time) * 1000 < from) return [line];
    const places = Array.from({ length: 8 / hours }, (_, place) => Number(time) + place * hours * 3_600_000);
    return places.map((place) => [place, hours, ...rest].join(','));
  });
}
