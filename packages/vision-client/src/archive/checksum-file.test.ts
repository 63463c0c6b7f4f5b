import { describe, expect, it } from '@jest/globals';
import { parseChecksumFile } from './checksum-file.ts';

const SHA = '2f79af36e0ab40e450368ff23a8970072bf205f01ee2af460268177068e4bc98';
const FILE = 'BTCUSDT-1m-2025-04-11.zip';

describe(parseChecksumFile.name, () => {
  it.each([`${SHA}  ${FILE}\n`, `${SHA}  ${FILE}`, `${SHA}  ${FILE}\r\n`, `${SHA.toUpperCase()} *${FILE}\n\n`])(
    'reads %j',
    (text) => {
      expect(parseChecksumFile(text, FILE)).toEqual({ sha256: SHA, file: FILE });
      expect(parseChecksumFile(new TextEncoder().encode(text))).toEqual({ sha256: SHA, file: FILE });
    },
  );

  it.each([
    '',
    'garbage',
    '<html></html>',
    SHA,
    `${SHA.slice(1)}  ${FILE}\n`,
    `${SHA}  ${FILE}\n${SHA}  ${FILE}\n`,
    `${SHA}  ETHUSDT-1m-2025-04-11.zip\n`,
    `${SHA}  ../${FILE}\n`,
    '\n'.repeat(64 * 1024),
    `${SHA}  ${FILE}${'\n'.repeat(2000)}`,
    `${SHA}  ${FILE}\n${' '.repeat(64 * 1024)}`,
  ])('refuses %#, at once', (text) => {
    const before = process.cpuUsage();
    expect(() => parseChecksumFile(text, FILE)).toThrow(expect.objectContaining({ code: 'E_CHECKSUM_FORMAT' }));
    // The processor's time, not the clock's: others may use the machine as well.
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});
