import { describe, expect, it } from '@jest/globals';
import { SHA, begin, done, intent, remove } from '../__fixtures__/records.fixture.ts';
import {
  chainStart,
  decodeCommitted,
  decodeLine,
  decodeOldLine,
  encodeCommitted,
  encodeLine,
  recordOf,
} from './journal-line.ts';

const start = chainStart(SHA);
const first = encodeLine(0, start, begin);
const second = encodeLine(1, first.hash, done(0));

describe(decodeLine, () => {
  it('reads what was written, as a chain that begins with the hash of the plan', () => {
    expect(start).toBe('a'.repeat(16));
    expect(decodeLine(first.text, 0, start)).toEqual({ record: begin, hash: first.hash });
    expect(decodeLine(second.text, 1, first.hash)).toEqual({ record: done(0), hash: second.hash });
    expect(first.hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is of the form that this and later versions read', () => {
    expect(first.text).toBe(`{"n":0,"h":"${first.hash}","r":${JSON.stringify(begin)}}`);
    // Worked out apart from the code: sha256("aaaaaaaaaaaaaaaa\n0\n" + record).
    expect(encodeLine(0, start, { t: 'end' }).hash).toBe('8daa8bf05bec4221');
  });

  it('refuses a line at another number, behind another line, and of another plan', () => {
    expect(decodeLine(second.text, 2, first.hash)).toBeUndefined();
    expect(decodeLine(second.text, 1, start)).toBeUndefined();
    expect(decodeLine(first.text, 0, chainStart('b'.repeat(64)))).toBeUndefined();
    const twelfth = encodeLine(12, start, begin);
    expect(decodeLine(twelfth.text, 12, start)).toBeDefined();
    expect(decodeLine(twelfth.text.replace('"n":12', '"n":012'), 12, start)).toBeUndefined();
  });

  it('refuses each of its bytes that is another one', () => {
    for (let at = 0; at < second.text.length; at++) {
      const code = second.text.charCodeAt(at) ^ 1;
      const changed = `${second.text.slice(0, at)}${String.fromCharCode(code)}${second.text.slice(at + 1)}`;
      expect([at, decodeLine(changed, 1, first.hash)]).toEqual([at, undefined]);
    }
    for (let length = 0; length < second.text.length; length++)
      expect(decodeLine(second.text.slice(0, length), 1, first.hash)).toBeUndefined();
    expect(decodeLine(`${second.text} `, 1, first.hash)).toBeUndefined();
  });

  it('refuses a record that cannot be, whatever its checksum', () => {
    const { text } = encodeLine(0, start, { t: 'remove', i: 0, file: '../out' });
    expect(decodeLine(text, 0, start)).toBeUndefined();
  });
});

describe('a journal of version 0.1.0', () => {
  it('has its records alone', () => {
    expect(decodeOldLine(JSON.stringify(intent(1)))).toEqual(intent(1));
    expect(decodeOldLine('{"t":"begin"')).toBeUndefined();
    expect(decodeOldLine('null')).toBeUndefined();
  });

  it('is told by its lines', () => {
    expect(recordOf(JSON.stringify(remove(2)))).toEqual(remove(2));
    expect(recordOf(second.text)).toEqual(done(0));
    for (const text of ['', 'null', '7', '{', '{"r":null}']) expect([text, recordOf(text)]).toEqual([text, undefined]);
  });
});

describe(decodeCommitted, () => {
  const committed = { lines: 12, hash: first.hash };

  it('reads what was written, always of the same length', () => {
    expect(decodeCommitted(encodeCommitted(committed))).toEqual(committed);
    for (const lines of [0, 9, 10, 123_456_789]) expect(encodeCommitted({ ...committed, lines })).toHaveLength(64);
    expect(encodeCommitted(committed).endsWith(' \n')).toBe(true);
  });

  it('refuses what is cut, longer, or of another form', () => {
    const text = encodeCommitted(committed);
    for (let length = 0; length < text.length; length++) expect(decodeCommitted(text.slice(0, length))).toBeUndefined();
    for (const other of [
      `${text} `,
      ` ${text}`,
      text.replace('12', '1x'),
      text.replace('12', '012'),
      text.replace('hash', 'hush'),
    ])
      expect([other, decodeCommitted(other)]).toEqual([other, undefined]);
    expect(decodeCommitted(text.replace(' \n', '\n'))).toBeUndefined();
  });
});
