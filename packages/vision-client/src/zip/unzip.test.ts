import { describe, expect, it } from '@jest/globals';
import { isVisionClientError, type VisionClientError } from '../contract/errors.ts';
import { unzip } from './unzip.ts';
import { CONTENT, GOOD_ZIPS, HOSTILE_ZIPS, MEMBER, joined, zipWith } from './hostile-zips.fixture.ts';

const read = (archive: Uint8Array, more = {}) => unzip(archive, { name: MEMBER, ...more });
const failing = async (wait: Promise<unknown>): Promise<VisionClientError> => {
  const error: unknown = await wait.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isVisionClientError(error)) throw new Error(`no VisionClientError: ${String(error)}`);
  return error;
};

describe('unzip', () => {
  it.each(Object.entries(GOOD_ZIPS))('reads an archive %s', async (_, archive) => {
    const { bytes, otherMembers } = await read(archive);
    expect(Buffer.from(bytes).equals(CONTENT)).toBe(true);
    expect(otherMembers).toBe(0);
  });

  it.each(HOSTILE_ZIPS)('refuses %s', async (_, archive, code) => {
    const error = await failing(read(archive));
    expect({ code: error.code, message: error.message }).toEqual({ code, message: error.message });
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
  });

  it('reads an archive that stands within a larger buffer', async () => {
    const archive = joined(new Uint8Array(7), zipWith({}), new Uint8Array(9)).subarray(7, -9);
    expect(Buffer.from((await read(archive)).bytes).equals(CONTENT)).toBe(true);
  });

  it('has a limit that its caller sets', async () => {
    expect((await read(zipWith({}), { limitBytes: CONTENT.length })).bytes).toHaveLength(CONTENT.length);
    expect((await failing(read(zipWith({}), { limitBytes: CONTENT.length - 1 }))).code).toBe('E_ZIP_TOO_LARGE');
  });

  it('takes the named member of several when it is told to, and says so', async () => {
    for (const [what, archive] of HOSTILE_ZIPS) {
      if (what !== 'two members' && what !== 'a decoy before the member') continue;
      const { bytes, otherMembers } = await read(archive, { mode: 'lenient' });
      expect(Buffer.from(bytes).equals(CONTENT)).toBe(true);
      expect(otherMembers).toBe(1);
    }
  });

  it('stays strict about the member itself in lenient mode', async () => {
    const stillRefused = [
      'E_ZIP_CRC',
      'E_ZIP_INFLATE',
      'E_ZIP_SIZE',
      'E_ZIP_ENCRYPTED',
      'E_ZIP_METHOD',
      'E_ZIP_NAME',
      'E_ZIP_TOO_LARGE',
    ];
    for (const [what, archive, code] of HOSTILE_ZIPS) {
      if (!stillRefused.includes(code)) continue;
      expect([what, (await failing(read(archive, { mode: 'lenient' }))).code]).toEqual([what, code]);
    }
  });
});
