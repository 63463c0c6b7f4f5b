/* eslint-disable -- AssemblyScript has TypeScript's words with types of its own: u32, usize, store<f64> */
// AssemblyScript: raw deflate data (RFC 1951), a piece of input and a piece of output at a time. It says only whether the
// data is right; what is wrong with other data is told by the platform's own inflate.

/** A code of up to so many bits is found in one look; a longer one, which is rare, bit by bit. */
const SYMBOL_BITS: u32 = 11;
const DISTANCE_BITS: u32 = 10;
const LENGTH_BITS: u32 = 7;
const LONGEST_CODE: u32 = 15;
const MOST_SYMBOLS: u32 = 288;
const END_OF_BLOCK: u32 = 256;

/**
 * What a table says of the bits that come next, in one word, which is 0 where no code begins so:
 * bits 0 to 5, how many bits the code and the extra bits behind it have; 8 to 11, those of the code alone;
 * 6, that it gives a byte, which stands in bits 21 to 28; 29, that it gives a length; 7, that it is too long for the
 * table; 12 to 20, the shortest length. The end of a block is a code that gives nothing. The entry of a distance has the
 * shortest one in bits 16 and up, and that of a code for code lengths its symbol.
 */
const HAS_BYTE: u32 = 1 << 6;
const TOO_LONG: u32 = 1 << 7;
const HAS_LENGTH: u32 = 1 << 29;
const THE_BYTE: u32 = 255 << 21;

// Whose code it is.
const OF_LENGTHS: u32 = 0;
const OF_SYMBOLS: u32 = 1;
const OF_DISTANCES: u32 = 2;

/** In what order the lengths of the code for code lengths stand. */
const LENGTH_ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

// Offsets in the memory that is lent: for each of two codes its table, how many codes of each length there are, where those
// of each length end among its symbols, and its symbols in the order of their codes; then the lengths of the codes.
const DISTANCE_CODE: usize = (1 << (SYMBOL_BITS + 2)) + 64 + MOST_SYMBOLS * 2;
const LENGTHS: usize = DISTANCE_CODE + (1 << (DISTANCE_BITS + 2)) + 64 + MOST_SYMBOLS * 2;

/** Bits that have been read: `count` of them, of which the first is the lowest; and where the next ones stand. */
let bits: u64 = 0;
let count: u32 = 0;
let next: usize = 0;

// Where it stands between two pieces: before a block, in one with codes, or in one that is only stored.
const BEFORE_BLOCK: u32 = 0;
const IN_CODES: u32 = 1;
const IN_STORED: u32 = 2;
let stage: u32 = BEFORE_BLOCK;
let isLast: u32 = 0;
let isFixed: bool = false;
/** Bytes of a stored block that are still to come. */
let stored: u32 = 0;
/** What stands in front of a block has fewer bytes, and what one symbol takes is far fewer. */
const LONGEST_CODES: usize = 1024;
const LONGEST_STEP: usize = 32;

/** Takes up to 16 bits. Behind the end of the data it reads what stands there; the caller looks where that led. */
function take(wanted: u32): u32 {
  bits |= load<u64>(next) << count;
  next += (63 - count) >> 3;
  count |= 56;
  const taken = (<u32>bits) & ((1 << wanted) - 1);
  bits >>= wanted;
  count -= wanted;
  return taken;
}

function entryOf(whose: u32, symbol: u32, length: u32): u32 {
  const code = (length << 8) | length;
  if (whose == OF_LENGTHS) return (symbol << 16) | code;
  if (whose == OF_DISTANCES) {
    if (symbol > 29) return 0;
    const extra = symbol < 4 ? 0 : (symbol >> 1) - 1;
    const least = symbol < 4 ? symbol + 1 : ((2 + (symbol & 1)) << extra) + 1;
    return (least << 16) | (code + extra);
  }
  if (symbol < END_OF_BLOCK) return HAS_BYTE | (symbol << 21) | code;
  if (symbol == END_OF_BLOCK) return code;
  const place = symbol - 257;
  if (place > 28) return 0;
  if (place == 28) return HAS_LENGTH | (258 << 12) | code;
  const extra = place < 8 ? 0 : (place >> 2) - 1;
  const least = place < 8 ? place + 3 : ((4 + (place & 3)) << extra) + 3;
  return HAS_LENGTH | (least << 12) | (code + extra);
}

/**
 * Makes the table of a code from the lengths of its symbols' codes.
 * @returns whether they are a code: not more than there can be, and not fewer, but for none or a single one of one bit
 */
function makeCode(code: usize, tableBits: u32, whose: u32, lengths: usize, symbols: u32): bool {
  const counts = code + ((<usize>4) << tableBits);
  memory.fill(counts, 0, 32);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const at = counts + ((<usize>load<u8>(lengths + symbol)) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
  const unused = <u32>load<u16>(counts);
  store<u16>(counts, 0);
  let left: i32 = 1;
  for (let length: u32 = 1; length <= LONGEST_CODE; length++) {
    left = (left << 1) - <i32>load<u16>(counts + (length << 1));
    if (left < 0) return false;
  }
  const isSingleBit = whose != OF_LENGTHS && symbols - unused == 1 && load<u16>(counts, 2) == 1;
  if (left > 0 && unused != symbols && !isSingleBit) return false;
  if (whose == OF_LENGTHS && unused == symbols) return false;

  // Symbols in the order of their codes; each length has a place that moves on.
  const places = counts + 32;
  const sorted = counts + 64;
  let place: u32 = 0;
  for (let length: u32 = 1; length <= LONGEST_CODE; length++) {
    store<u16>(places + (length << 1), <u16>place);
    place += load<u16>(counts + (length << 1));
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = <usize>load<u8>(lengths + symbol);
    if (length == 0) continue;
    const at = places + (length << 1);
    const mine = load<u16>(at);
    store<u16>(at, mine + 1);
    store<u16>(sorted + ((<usize>mine) << 1), <u16>symbol);
  }

  // Codes come with their first bit lowest. Of so many bits they fill a table of as many; a table of one bit more
  // begins as the same table twice.
  store<u32>(code, 0);
  let reversed: u32 = 0;
  place = 0;
  for (let length: u32 = 1; length <= LONGEST_CODE; length++) {
    const size: u32 = 1 << length;
    if (length <= tableBits) memory.copy(code + (size << 1), code, size << 1);
    for (let each = <u32>load<u16>(counts + (length << 1)); each > 0; each--) {
      const symbol = <u32>load<u16>(sorted + (place++ << 1));
      if (length <= tableBits) store<u32>(code + (reversed << 2), entryOf(whose, symbol, length));
      else store<u32>(code + ((reversed & ((1 << tableBits) - 1)) << 2), TOO_LONG);
      const carry: u32 = 1 << (31 - clz(reversed ^ (size - 1)));
      reversed = (reversed & (carry - 1)) | carry;
    }
  }
  return true;
}

/** The entry of a code that is too long for its table. */
function longEntry(code: usize, tableBits: u32, whose: u32, ahead: u64): u32 {
  const counts = code + ((<usize>4) << tableBits);
  let value: u32 = 0;
  let first: u32 = 0;
  let place: u32 = 0;
  for (let length: u32 = 1; length <= LONGEST_CODE; length++) {
    value |= (<u32>ahead) & 1;
    ahead >>= 1;
    const many = <u32>load<u16>(counts + (length << 1));
    if (value < first + many) {
      return entryOf(whose, <u32>load<u16>(counts + 64 + ((place + value - first) << 1)), length);
    }
    place += many;
    first = (first + many) << 1;
    value <<= 1;
  }
  return 0;
}

/**
 * Lets one look find a byte together with the length that comes next, where both codes fit into the table. Rows of
 * numbers are mostly matches with a byte or none between them, and which of them comes next no processor foresees.
 */
function joinBytesWithLengths(table: usize): void {
  // Backwards: what follows a byte stands further in front, and is not joined yet.
  for (let ahead: i32 = (1 << SYMBOL_BITS) - 1; ahead > 0; ahead--) {
    const entry = load<u32>(table + (ahead << 2));
    if (!(entry & HAS_BYTE)) continue;
    const used = entry & 63;
    const following = load<u32>(table + ((ahead >> used) << 2));
    if (!(following & HAS_LENGTH) || used + ((following >> 8) & 15) > SYMBOL_BITS) continue;
    store<u32>(table + (ahead << 2), (following + used + (used << 8)) | (entry & (HAS_BYTE | THE_BYTE)));
  }
}

/** The two codes that stand in front of a block. */
function readCodes(scratch: usize): bool {
  const symbols = take(5) + 257;
  const distances = take(5) + 1;
  const given = take(4) + 4;
  if (symbols > 286 || distances > 30) return false;
  const lengths = scratch + LENGTHS;
  memory.fill(lengths, 0, 19);
  for (let index: u32 = 0; index < given; index++) store<u8>(lengths + LENGTH_ORDER[index], <u8>take(3));
  if (!makeCode(scratch, LENGTH_BITS, OF_LENGTHS, lengths, 19)) return false;
  const all = symbols + distances;
  let before: u32 = 0;
  for (let index: u32 = 0; index < all;) {
    take(0);
    const entry = load<u32>(scratch + (((<usize>bits) & ((1 << LENGTH_BITS) - 1)) << 2));
    if (entry == 0) return false;
    take(entry & 63);
    const symbol = entry >> 16;
    let many: u32 = 1;
    if (symbol < 16) before = symbol;
    else if (symbol == 16) {
      if (index == 0) return false;
      many = 3 + take(2);
    } else {
      before = 0;
      many = symbol == 17 ? 3 + take(3) : 11 + take(7);
    }
    if (index + many > all) return false;
    memory.fill(lengths + index, <u8>before, many);
    index += many;
  }
  if (load<u8>(lengths + END_OF_BLOCK) == 0) return false;
  const symbolCode = scratch;
  if (!makeCode(symbolCode, SYMBOL_BITS, OF_SYMBOLS, lengths, symbols)) return false;
  joinBytesWithLengths(symbolCode);
  return makeCode(scratch + DISTANCE_CODE, DISTANCE_BITS, OF_DISTANCES, lengths + symbols, distances);
}

/** The codes of blocks that come without. */
function setFixedCodes(scratch: usize): void {
  const lengths = scratch + LENGTHS;
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  makeCode(scratch, SYMBOL_BITS, OF_SYMBOLS, lengths, MOST_SYMBOLS);
  joinBytesWithLengths(scratch);
  memory.fill(lengths, 5, 32);
  makeCode(scratch + DISTANCE_CODE, DISTANCE_BITS, OF_DISTANCES, lengths, 32);
}

/**
 * Symbols of a block, into `output` and on, up to its end, or until `outputStop` or `inputStop` is passed; what came before
 * begins at `start`.
 * @returns where the output ends, or 0 where the block is damaged
 */
function inflateBlock(scratch: usize, inputStop: usize, start: usize, output: usize, outputStop: usize): usize {
  const distanceCode = scratch + DISTANCE_CODE;
  const symbolMask: u64 = (1 << SYMBOL_BITS) - 1;
  const distanceMask: u64 = (1 << DISTANCE_BITS) - 1;
  // As `bits`, `count` and `next`: variables stay in registers, and here nothing is called.
  let ahead = bits | (load<u64>(next) << count);
  let input = next + ((63 - count) >> 3);
  let known = count | 56;
  let at = output;
  while (at <= outputStop && input <= inputStop) {
    // Enough is known for one look, which then need not wait for more.
    let entry = load<u32>(scratch + ((<usize>(ahead & symbolMask)) << 2));
    ahead |= load<u64>(input) << known;
    input += (63 - known) >> 3;
    known |= 56;
    if (entry & TOO_LONG) entry = longEntry(scratch, SYMBOL_BITS, OF_SYMBOLS, ahead);
    store<u8>(at, <u8>(entry >> 21));
    at += (entry & HAS_BYTE) >> 6;
    // A shift takes the lowest six bits of its number.
    if (!(entry & HAS_LENGTH)) {
      ahead >>= entry;
      known -= entry & 63;
      if (entry & HAS_BYTE) continue;
      if (entry == 0) return 0;
      stage = BEFORE_BLOCK;
      break;
    }
    let codeBits = (entry >> 8) & 15;
    let extra = (<u32>(ahead >> codeBits)) & ((1 << ((entry & 63) - codeBits)) - 1);
    const length = ((entry >> 12) & 511) + extra;
    ahead >>= entry;
    known -= entry & 63;
    entry = load<u32>(distanceCode + ((<usize>(ahead & distanceMask)) << 2));
    if (entry & TOO_LONG) entry = longEntry(distanceCode, DISTANCE_BITS, OF_DISTANCES, ahead);
    if (entry == 0) return 0;
    codeBits = (entry >> 8) & 15;
    extra = (<u32>(ahead >> codeBits)) & ((1 << ((entry & 63) - codeBits)) - 1);
    const distance: usize = (entry >> 16) + extra;
    ahead >>= entry;
    known -= entry & 63;
    if (known < LONGEST_CODE) {
      ahead |= load<u64>(input) << known;
      input += (63 - known) >> 3;
      known |= 56;
    }
    let from = at - distance;
    if (from < start) return 0;
    const end = at + length;
    if (distance >= 8) {
      // Nearly all are shorter than 32 bytes, and how long no processor foresees; what comes next writes over those that
      // are too many.
      store<u64>(at, load<u64>(from));
      store<u64>(at, load<u64>(from, 8), 8);
      store<u64>(at, load<u64>(from, 16), 16);
      store<u64>(at, load<u64>(from, 24), 24);
      for (at += 32; at < end; at += 8) {
        from += 8;
        store<u64>(at, load<u64>(from, 24));
      }
    } else {
      for (; at < end; at++) store<u8>(at, load<u8>(at - distance));
    }
    at = end;
  }
  bits = ahead;
  count = known;
  next = input;
  return at;
}

/** What stands in front of a block. */
function readBlockHead(scratch: usize, inputEnd: usize): bool {
  if (next - (count >> 3) >= inputEnd) return false;
  isLast = take(1);
  const kind = take(2);
  if (kind == 0) {
    // Up to the next whole byte, and back to it.
    next -= count >> 3;
    bits = 0;
    count = 0;
    if (next + 4 > inputEnd) return false;
    stored = <u32>load<u16>(next);
    if ((stored ^ (<u32>load<u16>(next, 2))) != 0xffff) return false;
    next += 4;
    stage = IN_STORED;
    return true;
  }
  if (kind == 1) {
    if (!isFixed) setFixedCodes(scratch);
    isFixed = true;
  } else if (kind == 2 && readCodes(scratch)) isFixed = false;
  else return false;
  stage = IN_CODES;
  return true;
}

/** Forgets what was inflated before. */
export function startInflating(): void {
  bits = 0;
  count = 0;
  stage = BEFORE_BLOCK;
  isLast = 0;
  isFixed = false;
}

/**
 * Goes on inflating, into `output` and on, until the data ends, the output is beyond `outputStop`, or more input is needed.
 * 32 bytes behind the input can be read, and 320 behind `outputStop` written.
 * @param input what `told` said the call before did not use, and what follows; the 8 bytes before it still stand there
 * @param isWhole whether the input ends there
 * @param start where the output before begins: all of it, or the last 32 KiB
 * @param scratch 16 KiB of memory for tables, which nobody else uses between two calls
 * @param told address of two words: where the input is that was not used, and whether the data has ended
 * @returns where the output ends; 0 where the data is damaged or ends too early
 */
export function inflate(
  input: usize,
  inputEnd: usize,
  isWhole: bool,
  start: usize,
  output: usize,
  outputStop: usize,
  scratch: usize,
  told: usize,
): usize {
  next = input;
  let at = output;
  let hasEnded = false;
  const inputStop = isWhole ? inputEnd + 8 : inputEnd - LONGEST_STEP;
  while (at <= outputStop) {
    if (stage == BEFORE_BLOCK) {
      hasEnded = isLast == 1;
      if (hasEnded || (!isWhole && next + LONGEST_CODES > inputEnd)) break;
      if (!readBlockHead(scratch, inputEnd)) return 0;
    } else if (stage == IN_CODES) {
      at = inflateBlock(scratch, inputStop, start, at, outputStop);
      if (at == 0 || (isWhole && stage == IN_CODES && next > inputStop)) return 0;
      if (stage == IN_CODES) break;
    } else {
      const length = <u32>min(<usize>stored, min(inputEnd - next, outputStop + 1 - at));
      memory.copy(at, next, length);
      next += length;
      at += length;
      stored -= length;
      if (stored == 0) stage = BEFORE_BLOCK;
      else if (next == inputEnd) {
        if (isWhole) return 0;
        break;
      }
    }
  }
  // Bytes that were only looked at are given back with the last of them.
  if (hasEnded) next -= count >> 3;
  store<u32>(told, <u32>next);
  store<u32>(told, hasEnded ? 1 : 0, 4);
  return at;
}
