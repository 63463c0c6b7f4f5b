const textDecoder = new TextDecoder('utf-8', { fatal: true });

/** Short text of mostly ASCII: here TextDecoder costs more than all else. */
export function decodeText(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte > 127) return textDecoder.decode(bytes.subarray(from, to));
    text += String.fromCharCode(byte);
  }
  return text;
}
