import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
const STRATEGIES = [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE];

/** Bytes of many natures: rows, runs, short periods, noise, few and many symbols, symbols that are very rare. */
export function anyContent(random: () => number, most: number): Buffer {
  const length = Math.floor(random() ** 3 * most);
  const below = (most: number): number => Math.floor(random() * most);
  switch (below(6)) {
    case 0: {
      const rows: string[] = [];
      for (let size = 0, time = 1_704_067_200_000; size < length; time += 60_000) {
        const price = (40_000 + random() * 2000).toFixed(8);
        rows.push(`${time},${price},${price},${(random() * 9).toFixed(8)},${below(1e6)},0.00000000,0`);
        size += rows.at(-1)!.length;
      }
      return Buffer.from(rows.join('\n'));
    }
    case 1: {
      const period = Buffer.from(Array.from({ length: 1 + below(20) }, () => below(256)));
      return Buffer.alloc(length, period);
    }
    case 2:
      return Buffer.from(Array.from({ length }, () => below(256)));
    case 3:
      // Each symbol half as often as the one before: the longest codes that there are.
      return Buffer.from(Array.from({ length }, () => Math.min(255, Math.floor(-Math.log2(random()) * 1.2))));
    case 4:
      return Buffer.from(Array.from({ length }, () => below(1 + below(4))));
    default: {
      const content = Buffer.from(Array.from({ length }, () => below(256)));
      for (let copies = below(200); copies > 0; copies--)
        content.copyWithin(below(length), below(length), below(length));
      return content;
    }
  }
}

/** Deflate data of a content, in blocks of every kind. */
export function anyDeflated(content: Uint8Array, random: () => number): Buffer {
  return deflateRawSync(content, {
    level: Math.floor(random() * 10),
    strategy: STRATEGIES[Math.floor(random() * STRATEGIES.length)]!,
    memLevel: 1 + Math.floor(random() * 9),
    windowBits: 9 + Math.floor(random() * 7),
  });
}

/** What zlib makes of data that must be of just this size and have nothing behind it; undefined where it is not. */
export function inflatedByZlib(data: Uint8Array, size: number): Buffer | undefined {
  try {
    const options = { maxOutputLength: size + 1, info: true };
    const { buffer, engine } = inflateRawSync(data, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return buffer.length === size && engine.bytesWritten === data.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}
