import { excerpt, quote, VisionClientError } from '../contract/errors.ts';

export interface ChecksumFile {
  /** 64 small hex digits. */
  readonly sha256: string;
  /** The archive's name, without a folder. */
  readonly file: string;
}

/** A line of 64 digits, two spaces and a name of at most 255 bytes is well below. */
const LONGEST = 1024;
const LINE = /^([0-9a-fA-F]{64})[ \t]+\*?([^\s/\\]+)$/;

/**
 * Reads a CHECKSUM file: `<64 hex digits><two spaces><file>`, with or without a final line break.
 * @param expectedFile the name that it must be for, where that is known
 * @throws {VisionClientError} `E_CHECKSUM_FORMAT` if it is no such line, more than one, or for another file.
 */
export function parseChecksumFile(content: string | Uint8Array, expectedFile?: string): ChecksumFile {
  const text = beginning(content);
  const name = expectedFile ?? 'CHECKSUM';
  const received = typeof content === 'string' ? content.slice(0, 120) : excerpt(content);
  const match = text === undefined ? null : LINE.exec(text);
  if (match === null) {
    throw new VisionClientError('E_CHECKSUM_FORMAT', `The CHECKSUM of ${name} cannot be read: ${quote(received)}.`, {
      name,
      received,
    });
  }
  const [, sha256 = '', file = ''] = match;
  if (expectedFile !== undefined && file !== expectedFile) {
    throw new VisionClientError('E_CHECKSUM_FORMAT', `The CHECKSUM of ${name} is for another file: ${quote(file)}.`, {
      name,
      received,
    });
  }
  return { sha256: sha256.toLowerCase(), file };
}

/** The text without the line breaks at its end; undefined if it is longer than any CHECKSUM. */
function beginning(content: string | Uint8Array): string | undefined {
  const text =
    typeof content === 'string' ? content.slice(0, LONGEST) : new TextDecoder().decode(content.subarray(0, LONGEST));
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  if (content.length <= LONGEST) return text.slice(0, end);
  // What is cut off may be line breaks only, and nobody reads so many.
  return undefined;
}
