import { crc32, inflater } from '#platform';
import { VisionClientError } from '../contract/errors.ts';
import {
  checkCrc,
  checkSize,
  DEFAULT_LIMIT_BYTES,
  inflateError,
  refuseBeyondLimit,
  type UnzipOptions,
} from './unzip.ts';
import { TrailingBytes } from '../platform/trailing-bytes.ts';
import { findMember, findMemberOfEnds, leadingMember, type ZipMember } from './zip-member.ts';

const PART = 64 * 1024;
/** A directory of one member, its name and its comment have less. */
const LONGEST_TAIL = 256 * 1024;

/**
 * As `unzip`, in parts and without ever holding the whole member. An archive that comes in parts itself is not held
 * either, unless its sizes stand behind its data. The member is proved when the iteration has ended, and not before.
 * @throws {VisionClientError} an `E_ZIP_` code
 */
export async function* unzipStream(
  archive: Uint8Array | AsyncIterable<Uint8Array>,
  options: UnzipOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { name, limitBytes = DEFAULT_LIMIT_BYTES, mode = 'strict' } = options;
  if (isBytes(archive)) {
    const member = findMember(archive, name, mode === 'lenient');
    refuseBeyondLimit(member, limitBytes);
    yield* checked(member, sliced(archive.subarray(member.start, member.start + member.compressedSize)));
    return;
  }
  const source = archive[Symbol.asyncIterator]();
  try {
    let head = new Uint8Array(0);
    let member: ReturnType<typeof leadingMember> = mode === 'strict' ? 'more' : undefined;
    while (member === 'more') {
      const next = await source.next();
      if (next.done === true) break;
      head = joined(head, next.value);
      member = leadingMember(head, name);
    }
    if (typeof member !== 'object') {
      // What cannot be read from its beginning is collected, read or refused.
      yield* unzipStream(await collected(head, source, name, limitBytes), options);
      return;
    }
    refuseBeyondLimit(member, limitBytes);
    const { start, compressedSize } = member;
    const ends = { head: head.slice(0, start), tail: new Uint8Array(0), length: head.length };
    yield* checked(member, dataOf(head, source, start + compressedSize, ends));
    const found = findMemberOfEnds(ends, name);
    checkCrc(member, found.crc32);
    checkSize(member, found.size);
  } finally {
    await source.return?.();
  }
}

/** Also of another realm. */
function isBytes(archive: Uint8Array | AsyncIterable<Uint8Array>): archive is Uint8Array {
  return ArrayBuffer.isView(archive);
}

async function collected(
  head: Uint8Array,
  source: AsyncIterator<Uint8Array>,
  name: string,
  limitBytes: number,
): Promise<Uint8Array> {
  const parts = [head];
  let length = head.length;
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    // The source may use its memory again.
    parts.push(joined(next.value));
    length += next.value.length;
    if (length > limitBytes) throw tooLarge(name, limitBytes);
  }
  return joined(...parts);
}

/** The compressed data; what follows it is put into `ends`. */
async function* dataOf(
  head: Uint8Array,
  source: AsyncIterator<Uint8Array>,
  dataEnd: number,
  ends: { head: Uint8Array; tail: Uint8Array; length: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = ends.head.length;
  ends.length = at;
  for (let part = head.subarray(at); ;) {
    const data = part.subarray(0, Math.max(0, dataEnd - at));
    if (data.length > 0) yield data;
    if (data.length < part.length) ends.tail = joined(ends.tail, part.subarray(data.length));
    at += part.length;
    ends.length = at;
    if (ends.tail.length > LONGEST_TAIL) return;
    const next = await source.next();
    if (next.done === true) return;
    part = next.value;
  }
}

async function* checked(
  member: ZipMember,
  data: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let crc = 0;
  let size = 0;
  for await (const part of member.isStored ? data : inflated(member, data)) {
    crc = crc32(part, crc);
    size += part.length;
    if (size > member.size) checkSize(member, size);
    yield part;
  }
  checkSize(member, size);
  checkCrc(member, crc);
}

async function* inflated(
  member: ZipMember,
  data: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = inflater();
  let failure: unknown;
  const fed = (async () => {
    try {
      for await (const part of data) await stream.write(part);
      stream.end();
    } catch (error) {
      failure = error;
      stream.cancel(error instanceof Error ? error : new Error(String(error)));
    }
  })();
  try {
    yield* stream.output;
    await fed;
  } catch (error) {
    // What the source of the data threw is told as it is.
    throw failure instanceof VisionClientError ? failure : inflateError(member, failure ?? error);
  } finally {
    stream.cancel();
  }
  const consumed = stream.consumed();
  if (consumed !== undefined && consumed !== member.compressedSize) {
    throw inflateError(member, new TrailingBytes());
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- what comes in parts from memory need not be waited for
async function* sliced(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += PART) yield bytes.subarray(at, at + PART);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function tooLarge(name: string, limitBytes: number): VisionClientError {
  const message = `${name}: the archive is larger than ${limitBytes} bytes.`;
  return new VisionClientError('E_ZIP_TOO_LARGE', message, { name, limitBytes, size: undefined });
}
