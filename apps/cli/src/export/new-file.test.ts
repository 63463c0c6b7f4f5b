import { afterAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeTempFolders, tempFolder } from '../__fixtures__/command.fixture.ts';
import { errorText } from '../text/tell-error.ts';
import { newFile } from './new-file.ts';

describe('a file that appears when it is whole', () => {
  afterAll(removeTempFolders);

  it('leaves what was there where the disk is full, and says of which file', async () => {
    const path = join(tempFolder(), 'bars.csv');
    writeFileSync(path, 'before');
    // As the system says it of a write: without a path.
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    const refused = await newFile(path, () => Promise.reject(full)).catch((error: unknown) => error);
    expect(errorText(refused, 'short')).toBe(`E_NO_SPACE: ${path}: the disk is full (ENOSPC).\n`);
    expect([readFileSync(path, 'utf8'), readdirSync(join(path, '..'))]).toEqual(['before', ['bars.csv']]);
  });
});
