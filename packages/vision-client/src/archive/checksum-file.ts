import { excerpt, quote, VisionClientError } from '../contract/errors.ts';

export interface ChecksumFile {
  /** 64 small hex digits. */
  readonly sha256: string;
  /** The archive's name, without a folder. */
  readonly file: string;
}

const LINE = /^([0-9a-fA-F]{64})[ \t]+\*?([^\s/\\]+)$/;

/**
 * Reads a CHECKSUM file: `<64 hex digits><two spaces><file>`, with or without a final line break.
 * @param expectedFile the name that it must be for, where that is known
 * @throws {VisionClientError} `E_CHECKSUM_FORMAT` where it is no such line, more than one, or for another file.
 */
export function parseChecksumFile(content: string | Uint8Array, expectedFile?: string): ChecksumFile {
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  const name = expectedFile ?? 'CHECKSUM';
  const received = typeof content === 'string' ? content.slice(0, 120) : excerpt(content);
  const match = LINE.exec(text.replace(/(?:\r?\n)+$/, ''));
  if (match === null) {
    throw new VisionClientError('E_CHECKSUM_FORMAT', `The CHECKSUM of ${name} cannot be read: ${quote(received)}.`, {
      name,
      received,
    });
  }
  const [, sha256, file] = match;
  if (expectedFile !== undefined && file !== expectedFile) {
    throw new VisionClientError('E_CHECKSUM_FORMAT', `The CHECKSUM of ${name} is for another file: ${quote(file)}.`, {
      name,
      received,
    });
  }
  return { sha256: sha256!.toLowerCase(), file: file! };
}
