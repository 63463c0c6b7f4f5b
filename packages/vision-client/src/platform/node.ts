import { createHash } from 'node:crypto';
import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import { createInflateRaw, crc32 as zlibCrc32, inflateRawSync } from 'node:zlib';
import type { Transport } from '../contract/transport.ts';
import { fetchIsPlain, nodeTransport } from './node-transport.ts';
import type { Inflater, Sha256 } from './platform.ts';
import { TrailingBytes } from './trailing-bytes.ts';
import { proxyTransport, proxyVariable } from './proxy.ts';

/**
 * What a request must say. Node's own fetch never settles on a damaged gzip body and does not hear an abort then, so
 * that no encoding is asked for.
 */
export function requestHeaders(fresh: boolean): Record<string, string> {
  return fresh
    ? { 'accept-encoding': 'identity', 'cache-control': 'no-cache', pragma: 'no-cache' }
    : { 'accept-encoding': 'identity' };
}

/** Whether an encoded answer is one that was not asked for. */
export const ENCODING_IS_REFUSED: boolean = true;

/** Looked at for each request, so that what replaces the global `fetch` is found. */
export const platformTransport: Transport = async (url, init) => {
  if (!fetchIsPlain()) return globalThis.fetch(url, init);
  const proxied = proxyVariable(url) === undefined ? undefined : await proxyTransport();
  return (proxied ?? nodeTransport)(url, init);
};

export { proxyHint } from './proxy.ts';

/** As many requests as one signal may be given to before Node warns of a leak. Node's own fetch allows as many. */
const REQUESTS_OF_A_SIGNAL = 1500;

/** Lets many requests listen to a caller's signal. Who has set another number than Node's keeps it. */
export function allowListeners(signal: AbortSignal | undefined): void {
  try {
    if (signal !== undefined && getMaxListeners(signal) === defaultMaxListeners) {
      setMaxListeners(REQUESTS_OF_A_SIGNAL, signal);
    }
  } catch {
    // A signal that is none of Node's own does not warn either.
  }
}

export function sha256(): Sha256 {
  const hash = createHash('sha256');
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => Promise.resolve(hash.digest('hex')),
  };
}

/** The MD5 of bytes as 32 small hex digits. */
export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

export function crc32(bytes: Uint8Array, before = 0): number {
  return zlibCrc32(bytes, before);
}

/**
 * Inflates raw deflate data of known size. One output buffer of just that size: 1.7 times faster than zlib's default
 * chunks, which are concatenated. Data that would be larger, or that ends before its bytes do, fails.
 */
export function inflate(data: Uint8Array, size: number): Uint8Array | Promise<Uint8Array> {
  const options = { chunkSize: Math.max(64, size + 1), maxOutputLength: size + 1, info: true };
  // The types do not know what `info` does, which Node documents: the engine knows how much it has read.
  const { buffer, engine } = inflateRawSync(data, options) as unknown as {
    buffer: Uint8Array;
    engine: { bytesWritten: number };
  };
  if (engine.bytesWritten !== data.length) throw new TrailingBytes();
  return buffer;
}

export function inflater(): Inflater {
  const stream = createInflateRaw({ chunkSize: 256 * 1024 });
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    end: () => stream.end(),
    output: stream as AsyncIterable<Uint8Array>,
    consumed: () => stream.bytesWritten,
    cancel: (error) => void stream.destroy(error),
  };
}
