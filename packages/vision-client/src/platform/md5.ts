// RFC 1321. A browser's own cryptography has no MD5, and the ETag of the listing is one.

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Int32Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0);
const BLOCK = 64;

/** The MD5 of bytes as 32 small hex digits. */
export function md5Of(bytes: Uint8Array): string {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const words = new Int32Array(16);
  const whole = bytes.length - (bytes.length % BLOCK);
  for (let at = 0; at < whole; at += BLOCK) addBlock(state, words, bytes, at);

  // The rest, a bit that is set, and the length in bits in the last eight bytes.
  const rest = bytes.length - whole;
  const end = new Uint8Array(rest < BLOCK - 8 ? BLOCK : 2 * BLOCK);
  end.set(bytes.subarray(whole));
  end[rest] = 0x80;
  new DataView(end.buffer).setBigUint64(end.length - 8, BigInt(bytes.length) * 8n, true);
  for (let at = 0; at < end.length; at += BLOCK) addBlock(state, words, end, at);

  const digest = new DataView(new ArrayBuffer(16));
  state.forEach((word, index) => digest.setInt32(index * 4, word, true));
  return Array.from(new Uint8Array(digest.buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function addBlock(state: Int32Array, words: Int32Array, bytes: Uint8Array, at: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK);
  for (let word = 0; word < 16; word++) words[word] = view.getInt32(word * 4, true);
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const [mix, word] =
      round === 0 ? [(b & c) | (~b & d), step]
      : round === 1 ? [(d & b) | (~d & c), (5 * step + 1) & 15]
      : round === 2 ? [b ^ c ^ d, (3 * step + 5) & 15]
      : [c ^ (b | ~d), (7 * step) & 15]; // prettier-ignore
    const sum = (a + mix + SINES[step]! + words[word]!) | 0;
    const shift = SHIFTS[round * 4 + (step & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
}
