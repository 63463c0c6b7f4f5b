/* eslint-disable -- AssemblyScript has TypeScript's words with types of its own: u32, usize, store<f64> */
// AssemblyScript: the inner loop of `src/decode/row-decoder.ts` once more, for the forms that nearly all fields have.
// It stops before a row that has any other form, which the decoder in TypeScript then reads or refuses.
// `npm run build:wasm` compiles it into `src/kernel/kernel-bytes.ts`.

// The kinds of fields, as in `src/decode/field-kind.ts`.
const SKIP: i32 = 0;
const FLOAT: i32 = 1;
const TIME: i32 = 2;
const INT: i32 = 3;
const BOOL: i32 = 4;
const CLOSE_TIME: i32 = 6;
const SYMBOL: i32 = 7;

const COMMA: u32 = 44;
const MINUS: u32 = 45;
const POINT: u32 = 46;
const LINE_FEED: u32 = 10;

/** 2^53: above it a float64 does not hold every whole number. */
const EXACT: u64 = 9007199254740992;
/** Twice the largest error of a correctly rounded quotient below 1, which is 2^-54. */
const MARGIN: f64 = 1.1102230246251565e-16;

const POWERS: StaticArray<f64> = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
];
const WHOLE_POWERS: StaticArray<u64> = [1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000];

/** `0000-00-`, `00 00:00` and `:00`: what a date-time differs from by its digits. */
const DATE: u64 = 0x2d30302d30303030;
const CLOCK: u64 = 0x30303a3030203030;
const ENDING: u32 = 0x30303a;
const DATE_DASHES: u64 = 0xff0000ff00000000;
const CLOCK_MARKS: u64 = 0x0000ff0000ff0000;
const SIXES: u64 = 0x7676767676767676;
const HIGHS: u64 = 0x8080808080808080;

/** Days of a month in the Gregorian calendar. */
function daysOf(year: u32, month: u32): u32 {
  if (month == 2) return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days from 1970-01-01 on; years begin in March here, so that the leap day is a year's last. */
function daysSince1970(year: u32, month: u32, day: u32): u32 {
  const y = month > 2 ? year : year - 1;
  const days = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 + days - 719468;
}

/** Eight characters as numbers 0 to 9; what is no digit has another value. */
function loadDigits(at: usize): u64 {
  return load<u64>(at) ^ 0x3030303030303030;
}

/** The high bit of each byte that is no digit; right up to the first of them, as carries reach upwards only. */
function marksOf(word: u64): u64 {
  return ((word + SIXES) | word) & HIGHS;
}

/** The number of eight digits, of which the first is the lowest byte. */
function numberOf(word: u64): u64 {
  const pairs = word * 10 + (word >> 8);
  return (
    ((pairs & 0x000000ff000000ff) * 0x000f424000000064 + ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
    32
  );
}

// Where `marks` are not 0, their lowest bit is 8 × digits + 7. The digits are moved up, so that zeros lead.
function digitsBefore(marks: u64): u64 {
  return ctz(marks) >> 3;
}
/** Of one to seven digits. */
function numberBefore(marks: u64, word: u64): u64 {
  return numberOf(word << (71 - ctz(marks)));
}

/**
 * Decodes rows from `at` to `end`, which is behind a line feed; 16 bytes behind it can be read.
 * @param table eight words a field: its kind, the address of its column, the length of the symbol, which stands in place
 *   of its column, and one that is free; then the first eight digits of its last value as text, and as a number. Ids and
 *   times begin as those of the row before, so that half of their digits need no look. The branches of the usual forms
 *   are what a processor foresees: it need not wait for one field's length to find the next.
 * @param times address of the rows' own times in microseconds, as float64
 * @param bar microseconds of a bar; 0 where rows are no bars
 * @param told address of four words: how many rows, whether milliseconds were among their times, microseconds, date-times
 * @returns the address of the first row that was not decoded
 */
export function decode(
  start: usize,
  end: usize,
  maxRows: u32,
  table: usize,
  fields: u32,
  rowTimeField: u32,
  times: usize,
  bar: f64,
  told: usize,
): usize {
  const powers = changetype<usize>(POWERS);
  const wholePowers = changetype<usize>(WHOLE_POWERS);
  const last = fields - 1;
  const barLength = <i64>bar;
  let texts: u32 = 0;
  // The day of the last date-time, and the two words that spelled it: rows follow each other within a day.
  let midnight: i64 = 0;
  let dayBefore: u64 = u64.MAX_VALUE;
  let dayWordBefore: u64 = 0;
  // The clock of the last date-time and its instant: the rows of a snapshot have one time.
  let clockBefore: u64 = 0;
  // No ending has more than 24 bits: the first date-time is always read.
  let endingBefore: u32 = u32.MAX_VALUE;
  let instant: i64 = 0;
  let milliseconds: u32 = 0;
  let microseconds: u32 = 0;
  let at = start;
  let row: u32 = 0;

  while (at < end && row < maxRows) {
    const rowStart = at;
    let time: i64 = 0;
    let field: u32 = 0;
    let sawMilliseconds: u32 = 0;
    let sawMicroseconds: u32 = 0;
    let sawText: u32 = 0;
    for (; field < fields; field++) {
      const terminator = field == last ? LINE_FEED : COMMA;
      const entry = table + (field << 5);
      const kind = load<i32>(entry);
      const column: usize = load<u32>(entry, 4);
      if (kind == FLOAT) {
        const isNegative = <u32>load<u8>(at) == MINUS;
        if (isNegative) at++;
        let word = loadDigits(at);
        let marks = marksOf(word);
        let digits: u64 = 8;
        let whole: u64;
        if (marks != 0) {
          digits = digitsBefore(marks);
          if (digits == 0) break;
          whole = numberBefore(marks, word);
          at += <usize>digits;
        } else {
          whole = numberOf(word);
          at += 8;
          word = loadDigits(at);
          marks = marksOf(word);
          // Up to 15 digits: more are for the other decoder.
          if (marks == 0) break;
          const more = digitsBefore(marks);
          if (more > 0) whole = whole * load<u64>(wholePowers + <usize>(more << 3)) + numberBefore(marks, word);
          at += <usize>more;
          digits += more;
        }
        let value = <f64>(<i64>whole);
        if (<u32>load<u8>(at) == POINT) {
          at++;
          word = loadDigits(at);
          marks = marksOf(word);
          let decimals: u64 = 8;
          let fraction: u64;
          if (marks != 0) {
            decimals = digitsBefore(marks);
            if (decimals == 0) break;
            fraction = numberBefore(marks, word);
            at += <usize>decimals;
          } else {
            fraction = numberOf(word);
            at += 8;
            if (<u32>load<u8>(at) != terminator) {
              word = loadDigits(at);
              marks = marksOf(word);
              if (marks == 0) {
                // The last of sixteen places are zeros, as in metrics; with at most 29 digits, as a number of the archive has.
                if (word != 0 || digits > 13) break;
                at += 8;
              } else {
                const more = digitsBefore(marks);
                if (more == 0) break;
                fraction = fraction * load<u64>(wholePowers + <usize>(more << 3)) + numberBefore(marks, word);
                decimals += more;
                at += <usize>more;
              }
            }
          }
          const power = load<f64>(powers + <usize>(decimals << 3));
          const mantissa = value * power + <f64>(<i64>fraction);
          if (mantissa < <f64>EXACT) {
            value = mantissa / power;
          } else {
            // whole + fraction / power: right unless it lies too near to the middle of two numbers.
            const part = <f64>(<i64>fraction) / power;
            const sum = value + part;
            const rest = value - sum + part;
            if (sum + (rest + MARGIN) != sum || sum + (rest - MARGIN) != sum) break;
            value = sum;
          }
        }
        if (<u32>load<u8>(at) != terminator) break;
        at++;
        store<f64>(column + (row << 3), isNegative ? -value : value);
      } else if (kind == INT) {
        let word = loadDigits(at);
        let value: u64;
        if (word == load<u64>(entry, 16)) value = load<u64>(entry, 24);
        else {
          const marks = marksOf(word);
          if (marks != 0) {
            const digits = digitsBefore(marks);
            if (digits == 0) break;
            at += <usize>digits;
            if (<u32>load<u8>(at) != terminator) break;
            at++;
            store<u64>(column + (row << 3), numberBefore(marks, word));
            continue;
          }
          value = numberOf(word);
          store<u64>(entry, word, 16);
          store<u64>(entry, value, 24);
        }
        at += 8;
        word = loadDigits(at);
        const marks = marksOf(word);
        if (marks != 0) {
          const more = digitsBefore(marks);
          if (more > 0) value = value * load<u64>(wholePowers + <usize>(more << 3)) + numberBefore(marks, word);
          at += <usize>more;
        } else {
          value = value * 100000000 + numberOf(word);
          at += 8;
          let digits: u32 = 0;
          for (let digit: u32 = <u32>load<u8>(at) - 48; digit < 10; digit = <u32>load<u8>(at) - 48) {
            if (++digits > 2) break;
            value = value * 10 + digit;
            at++;
          }
        }
        if (<u32>load<u8>(at) != terminator) break;
        at++;
        store<u64>(column + (row << 3), value);
      } else if (kind == TIME || kind == CLOSE_TIME) {
        const first = loadDigits(at);
        const isAsBefore = first == load<u64>(entry, 16);
        if (!isAsBefore && marksOf(first) != 0) {
          // YYYY-MM-DD HH:MM:SS
          const date = load<u64>(at) ^ DATE;
          const clock = load<u64>(at, 8) ^ CLOCK;
          const ending = (load<u32>(at, 16) ^ ENDING) & 0xffffff;
          if (<u32>load<u8>(at, 19) != terminator) break;
          if (date != dayBefore || clock != clockBefore || ending != endingBefore) {
            if (
              ((date + SIXES) | date | (clock + SIXES) | clock) & HIGHS ||
              (date & DATE_DASHES) | (clock & CLOCK_MARKS)
            )
              break;
            if (((ending + 0x767676) | ending) & 0x808080 || ending & 0xff) break;
            const hour = <u32>(((clock >> 24) & 15) * 10 + ((clock >> 32) & 15));
            const minute = <u32>(((clock >> 48) & 15) * 10 + ((clock >> 56) & 15));
            const second = ((ending >> 8) & 15) * 10 + ((ending >> 16) & 15);
            if (hour > 23 || minute > 59 || second > 59) break;
            const dayWord = clock & 0xffff;
            if (date != dayBefore || dayWord != dayWordBefore) {
              const year = <u32>(
                ((date & 15) * 1000 + ((date >> 8) & 15) * 100 + ((date >> 16) & 15) * 10 + ((date >> 24) & 15))
              );
              const month = <u32>(((date >> 40) & 15) * 10 + ((date >> 48) & 15));
              const day = <u32>((dayWord & 15) * 10 + (dayWord >> 8));
              if (year < 1974 || month == 0 || month > 12 || day == 0 || day > daysOf(year, month)) break;
              midnight = <i64>daysSince1970(year, month, day) * 86400000000;
              dayBefore = date;
              dayWordBefore = dayWord;
            }
            instant = midnight + <i64>(hour * 3600 + minute * 60 + second) * 1000000;
            clockBefore = clock;
            endingBefore = ending;
          }
          at += 20;
          sawText = 1;
          if (field == rowTimeField) {
            time = instant;
            store<f64>(times + (row << 3), <f64>instant);
          } else if (kind == CLOSE_TIME) break;
          store<i64>(column + (row << 3), instant);
          continue;
        }
        let high: u64;
        if (isAsBefore) high = load<u64>(entry, 24);
        else {
          high = numberOf(first);
          store<u64>(entry, first, 16);
          store<u64>(entry, high, 24);
        }
        const second = loadDigits(at + 8);
        const marks = marksOf(second);
        let value: i64 = 0;
        if (marks == 0) {
          value = <i64>(high * 100000000 + numberOf(second));
          if (value < 1000000000000000) break;
          at += 16;
          sawMicroseconds = 1;
        } else if (digitsBefore(marks) == 5) {
          value = <i64>(high * 100000 + numberOf(second << 24));
          if (value < 1000000000000) break;
          value *= 1000;
          at += 13;
          sawMilliseconds = 1;
        } else break;
        if (<u32>load<u8>(at) != terminator) break;
        at++;
        if (field == rowTimeField) {
          time = value;
          store<f64>(times + (row << 3), <f64>value);
        } else if (kind == CLOSE_TIME && value - time == barLength - 1000) {
          value = time + barLength - 1;
        }
        store<i64>(column + (row << 3), value);
      } else if (kind == BOOL) {
        // The archive writes True and False for spot, true and false for futures. Which of them comes nobody foresees: to
        // wait for it costs less than to have gone the wrong way.
        const word = load<u32>(at) | 0x20202020;
        const isTrue = <u32>(word == 0x65757274);
        const isFalse = (<u32>(word == 0x736c6166)) & (<u32>((load<u8>(at, 4) | 32) == 101));
        if ((isTrue | isFalse) == 0) break;
        at += 5 - isTrue;
        if (<u32>load<u8>(at) != terminator) break;
        at++;
        store<u8>(column + row, isTrue);
      } else if (kind == SKIP) {
        let byte = <u32>load<u8>(at);
        while (byte != COMMA && byte >= 32) byte = <u32>load<u8>(++at);
        if (byte != terminator) break;
        at++;
      } else if (kind == SYMBOL) {
        const length = load<u32>(entry, 8);
        let same: u32 = 0;
        while (same < length && load<u8>(at + same) == load<u8>(column + same)) same++;
        if (same < length || <u32>load<u8>(at + length) != terminator) break;
        at += length + 1;
      } else break;
    }
    if (field < fields) {
      at = rowStart;
      break;
    }
    milliseconds |= sawMilliseconds;
    microseconds |= sawMicroseconds;
    texts |= sawText;
    row++;
  }
  store<u32>(told, row);
  store<u32>(told, milliseconds, 4);
  store<u32>(told, microseconds, 8);
  store<u32>(told, texts, 12);
  return at;
}

/**
 * Looks at rows that have just been decoded, while their columns are at hand: one more pass over a whole file later costs
 * as much as to decode one of its fields.
 * @param ids address of a column of whole numbers that tells rows apart, or 0
 * @param values address of a column of numbers that tells rows of one time apart, or 0
 * @param quantities address of a column of numbers, or 0
 * @param told address of three words: whether any time is before that of the row above it; whether any row does not come
 *   behind the row above it, by its id, by time and value, or by time alone; how many quantities are 0
 */
export function examine(rows: u32, times: usize, ids: usize, values: usize, quantities: usize, told: usize): void {
  let fallen: u32 = 0;
  let repeated: u32 = 0;
  let zeros: u32 = 0;
  for (let at: usize = 8, end: usize = rows << 3; at < end; at += 8) {
    const before = load<f64>(times + at - 8);
    const time = load<f64>(times + at);
    fallen |= <u32>(time < before);
    if (ids != 0) repeated |= <u32>(load<i64>(ids + at) <= load<i64>(ids + at - 8));
    else if (values == 0) repeated |= <u32>(time <= before);
    else if (time == before) repeated |= <u32>!(load<f64>(values + at) > load<f64>(values + at - 8));
  }
  if (quantities != 0) {
    for (let at: usize = 0, end: usize = rows << 3; at < end; at += 8) zeros += <u32>(load<f64>(quantities + at) == 0);
  }
  store<u32>(told, fallen);
  store<u32>(told, repeated | (ids == 0 ? fallen : 0), 4);
  store<u32>(told, zeros, 8);
}
