const COMMA = 44;
const LINE_FEED = 10;

/** Where the line that begins at `from` ends, its line feed not included; `end` where it has none. */
export function lineEnd(bytes: Uint8Array, from: number, end: number): number {
  const found = bytes.subarray(from, end).indexOf(LINE_FEED);
  return found === -1 ? end : from + found;
}

/** How many fields a line without its own line feed has: one more than its commas. */
export function fieldsOfLine(bytes: Uint8Array, from: number, end: number): number {
  let fields = 1;
  for (let at = from; at < end && bytes[at] !== LINE_FEED; at++) if (bytes[at] === COMMA) fields++;
  return fields;
}
