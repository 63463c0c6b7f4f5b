import type { Transport } from '../contract/transport.ts';
import type { Inflater, Sha256 } from './platform.ts';

/** A browser chooses the encoding itself; further headers would make it ask for permission first. */
export function requestHeaders(_fresh: boolean): Record<string, string> {
  return {};
}

export const ENCODING_IS_REFUSED: boolean = false;

/** Looked up at each request, so that what replaces the global one is found. */
export const platformTransport: Transport = (url, init) => globalThis.fetch(url, init);

/** A browser has its proxy, if any, from its own settings. */
export function proxyHint(_url: string): Promise<string> {
  return Promise.resolve('');
}

/** A browser does not count listeners. */
export function allowListeners(_signal: AbortSignal | undefined): void {}

/** A browser hashes whole buffers only. */
export function sha256(): Sha256 {
  const parts: Uint8Array[] = [];
  return {
    update: (bytes) => void parts.push(bytes.slice()),
    async hex() {
      const digest = await crypto.subtle.digest(
        'SHA-256',
        await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer(),
      );
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
    },
  };
}

export { md5Of as md5 } from './md5.ts';

const TABLE = /* @__PURE__ */ Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xed_b8_83_20 : value >>> 1;
  return value;
});

export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let index = 0; index < bytes.length; index++) crc = TABLE[(crc ^ bytes[index]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Inflates raw deflate data of known size; data that would be larger fails. */
export async function inflate(data: Uint8Array, size: number): Promise<Uint8Array> {
  const stream = inflater();
  const whole = new Uint8Array(size + 1);
  let at = 0;
  const fed = stream.write(data).then(() => stream.end());
  fed.catch(() => undefined); // told by the output too
  for await (const part of stream.output) {
    if (at + part.length > size) {
      stream.cancel();
      throw new RangeError(`more than ${size} bytes`);
    }
    whole.set(part, at);
    at += part.length;
  }
  await fed;
  return whole.subarray(0, at);
}

export function inflater(): Inflater {
  const stream = new DecompressionStream('deflate-raw');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  return {
    write: (bytes) => writer.write(bytes as Uint8Array<ArrayBuffer>),
    end: () => void writer.close().catch(() => undefined),
    output: {
      async *[Symbol.asyncIterator]() {
        for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
      },
    },
    consumed: () => undefined,
    cancel: (error) => {
      writer.abort(error).catch(() => undefined);
      reader.cancel(error).catch(() => undefined);
    },
  };
}
