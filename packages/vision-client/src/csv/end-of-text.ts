const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export const isLineBreak = (byte: number): boolean => byte === LINE_FEED || byte === CARRIAGE_RETURN;

/** Where the last line that is not blank ends, its line break included: blank lines are allowed at the end of a file. */
export function endOfText(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && isLineBreak(bytes[end - 1]!)) end--;
  if (end === 0) return 0;
  while (bytes[end] === CARRIAGE_RETURN) end++;
  return bytes[end] === LINE_FEED ? end + 1 : end;
}
