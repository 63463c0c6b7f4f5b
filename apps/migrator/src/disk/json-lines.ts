import { closeSync, readSync } from 'node:fs';
import { openRegular } from './open-regular.ts';

const CHUNK = 1 << 16;
/** No line of a plan or a journal is longer. */
const LONGEST_LINE = 1 << 26;

export interface RawLine {
  readonly text: string;
  /** Place of its first byte. */
  readonly at: number;
  /** False for what stands behind the last newline. */
  readonly isWhole: boolean;
}

/** The lines of a text file, without ever holding more than a chunk and a line of it. @throws what `open` and `read` throw */
export function* rawLines(path: string): Generator<RawLine> {
  const { file } = openRegular(path);
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    let pieces: Buffer[] = [];
    let held = 0;
    let at = 0;
    for (;;) {
      const count = readSync(file, chunk, 0, CHUNK, null);
      if (count === 0) break;
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1 && end < count; end = chunk.indexOf(10, start)) {
        const last = chunk.subarray(start, end);
        const line = held === 0 ? last : Buffer.concat([...pieces, last]);
        yield { text: line.toString('utf8'), at, isWhole: true };
        at += line.length + 1;
        pieces = [];
        held = 0;
        start = end + 1;
      }
      if (start === count) continue;
      pieces.push(Buffer.from(chunk.subarray(start, count)));
      held += count - start;
      if (held > LONGEST_LINE) throw new RangeError(`a line of more than ${LONGEST_LINE} bytes`);
    }
    if (held > 0) yield { text: Buffer.concat(pieces).toString('utf8'), at, isWhole: false };
  } finally {
    closeSync(file);
  }
}

const USUAL_LINE = 4096;
let usual: Buffer | undefined;

/** The line at a place, without its newline. */
export function lineAt(file: number, at: number): string {
  for (let length = USUAL_LINE; ; length *= 8) {
    // Fresh memory for each line costs more than reading it.
    const bytes = length === USUAL_LINE ? (usual ??= Buffer.allocUnsafe(length)) : Buffer.allocUnsafe(length);
    const count = readSync(file, bytes, 0, length, at);
    const end = bytes.subarray(0, count).indexOf(10);
    if (end !== -1 || count < length || length > LONGEST_LINE)
      return bytes.toString('utf8', 0, end === -1 ? count : end);
  }
}
