import { describe, expect, it } from '@jest/globals';
import { escapeOutput, escapeTerminal } from './escape-terminal.ts';
import { EXIT } from './exit-codes.ts';
import { MigratorError, isMigratorError, stoppedBy, systemCodeOf } from './migrator-error.ts';
import { PLAN_VERSION, type PlanLine, isFile, isIndex, isLeft } from './migration-plan.ts';
import { ALL_FATES, FATES, RESUMABLE, groupOf, withoutRows } from './outcome.ts';
import { REFUSALS } from './refusals.ts';
import { HIDDEN, isNewPath, isSafePath } from './safe-path.ts';
import { cachePath, parseCachePath } from '@vision-cache/cache-keys';

describe(escapeTerminal, () => {
  it.each([
    0x00, 0x0a, 0x1b, 0x1f, 0x7f, 0x80, 0x9b, 0x9f, 0xad, 0x61c, 0x200b, 0x200f, 0x2028, 0x202a, 0x202e, 0x2060, 0x2066,
    0x206f, 0xfeff, 0xfff9, 0xfffb,
  ])('writes out character %i', (code) => {
    const written = `a\\u${code.toString(16).padStart(4, '0')}b`;
    expect(escapeTerminal(`a${String.fromCharCode(code)}b`)).toBe(written);
    if (code !== 0x0a) expect(escapeOutput(`a${String.fromCharCode(code)}b`)).toBe(written);
  });

  it('leaves what a terminal only shows, and the ends of lines of whole output', () => {
    const plain = ' ~\u00a0\u00acäß—…\u2027\u202f€😀';
    expect(escapeTerminal(plain)).toBe(plain);
    expect(escapeOutput(`${plain}\n\n`)).toBe(`${plain}\n\n`);
    expect(escapeTerminal('\u001b\u001b')).toBe('\\u001b\\u001b');
  });
});

describe(isSafePath, () => {
  it.each(['a', 'a/b.arrow', 'a b/ü', '.hidden', '..a', 'a..', 'C:x', 'a\\b', '.vision-cache2'])('takes %s', (path) => {
    expect(isSafePath(path)).toBe(true);
  });

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    './a',
    'a/..',
    'a/../b',
    'a/./b',
    '.vision-cache',
    'a/.vision-cache/b',
    'a\0b',
    7,
    null,
    undefined,
    ['a'],
  ])('refuses %j', (path) => {
    expect(isSafePath(path)).toBe(false);
  });

  it('takes only paths of the cache for new ones', () => {
    expect(isNewPath('binance/spot/klines/daily/BTCUSDT/1h/2024-01-01.arrow')).toBe(true);
    expect(isNewPath('BTCUSDT/1h/2024-01-01.arrow')).toBe(false);
    expect(isNewPath('binance/spot/klines/daily/BTCUSDT/1h/../2024-01-01.arrow')).toBe(false);
    expect(isNewPath(7)).toBe(false);
  });

  it('takes of a folder that it knows only what taking the path apart takes', () => {
    const [days, months] = ['binance/spot/klines/daily/BTCUSDT/1h', 'binance/spot/klines/monthly/BTCUSDT/1mo'];
    const names = [
      '2024-01-01', '2024-02-29', '2023-02-29', '2024-02-30', '2024-13-01', '2024-01', '2024-1-01', '0000-01-01', '9999-12-31',
      '../2024-01-01', '2024-01-01/..', '', '2024-01-01T', ' 2024-01-01', 'x/2024-01-01',
    ]; // prettier-ignore
    const paths = [days, months, `${days}/x`, days.toLowerCase(), 'binance/spot/klines/daily/BTCUSDT/1w'].flatMap(
      (folder) =>
        names.flatMap((name) => [`${folder}/${name}.arrow`, `${folder}/${name}.arrow.tmp`, `${folder}x${name}.arrow`]),
    );
    const isParsed = (path: string): boolean => {
      try {
        return cachePath(parseCachePath(path)) === path;
      } catch {
        return false;
      }
    };
    expect(isNewPath(`${days}/2024-01-02.arrow`)).toBe(true);
    expect(isNewPath(`${months}/2024-02.arrow`)).toBe(true);
    for (let time = 0; time < 2; time++)
      expect(paths.map((path) => [path, isNewPath(path)])).toEqual(paths.map((path) => [path, isParsed(path)]));
  });
});

describe(stoppedBy, () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });

  it('makes an error of the disk one that says how to go on', () => {
    const error = stoppedBy(full, '/cache') as MigratorError<'E_STOPPED'>;
    expect(error).toMatchObject({ code: 'E_STOPPED', details: { path: '/cache', systemCode: 'ENOSPC' }, cause: full });
    expect(error.message).toBe(
      'The run cannot continue (ENOSPC); free space or change permissions below /cache, and run it again.',
    );
    expect(isMigratorError(error)).toBe(true);
  });

  it('leaves its own errors and what is no error of the disk', () => {
    const own = new MigratorError('E_USAGE', 'no', { option: undefined });
    const bug = new TypeError('x');
    expect(stoppedBy(own, '/cache')).toBe(own);
    expect(stoppedBy(bug, '/cache')).toBe(bug);
    expect(own.cause).toBeUndefined();
    expect(Object.hasOwn(own, 'cause')).toBe(false);
    expect(own.name).toBe('MigratorError');
  });

  it('finds the code of the system, in the details of the store first', () => {
    expect(systemCodeOf(full)).toBe('ENOSPC');
    expect(systemCodeOf({ code: 'E_NO_SPACE', details: { systemCode: 'EDQUOT' } })).toBe('EDQUOT');
    expect(systemCodeOf({ code: 'Unknown system error -122' })).toBe('Unknown system error -122');
    for (const code of ['E_NO_SPACE', 'xENOSPC', 'ENOSPCx', 'E', 7, undefined])
      expect(systemCodeOf({ code })).toBeUndefined();
    expect(systemCodeOf({ code: 'EIO', details: undefined })).toBe('EIO');
    for (const value of [null, undefined, 'x', {}, new Error('x')]) expect(isMigratorError(value)).toBe(false);
  });
});

describe('what the words mean', () => {
  it('each fate is under one of the three numbers, and two may change', () => {
    expect(ALL_FATES).toEqual([...FATES.success, ...FATES.failed, ...FATES.skipped]);
    for (const group of ['success', 'failed', 'skipped'] as const)
      for (const fate of FATES[group]) expect([fate, groupOf(fate)]).toEqual([fate, group]);
    expect(new Set(ALL_FATES).size).toBe(14);
    expect([...RESUMABLE]).toEqual(['error', 'pending']);
  });

  it('the words are those that reports and the guide have', () => {
    expect(ALL_FATES.join(' ')).toBe(
      'migrated split relabelled partial degraded lossy with-conflicts sealed-moved ' +
        'refused conflict vanished error pending already-there',
    );
    expect(PLAN_VERSION).toBe(2);
    expect(HIDDEN).toBe('.vision-cache');
  });

  it('an outcome without rows refuses all of them', () => {
    const rest = { flags: [], rowsOut: 0, duplicates: 0, targets: [], wrote: [] };
    expect(withoutRows('refused', 'cut', 'It is cut.', 7)).toEqual({
      fate: 'refused', reason: 'cut', message: 'It is cut.', rowsIn: 7, refused: 7, ...rest,
    }); // prettier-ignore
    expect(withoutRows('error', 'x', 'y')).toMatchObject({ rowsIn: 0, refused: 0 });
  });

  it('exit codes are those that the guide lists', () => {
    expect(EXIT).toEqual({ DONE: 0, FINDINGS: 1, USAGE: 2, FAILED: 3 });
  });

  it('every word for a refusal has a sentence', () => {
    for (const [word, sentence] of Object.entries(REFUSALS)) {
      expect(word).toMatch(/^[a-z0-9-]+$/);
      expect(sentence).toMatch(/^It.+\.$/);
    }
    expect(Object.keys(REFUSALS)).toEqual(
      ['empty', 'zeros', 'cut', 'garbage', 'text', 'json', 'gzip', 'zip', 'feather-v1', 'git-lfs-pointer', 'xml', 'unknown-market', 'not-of-market', 'not-klines'],
    ); // prettier-ignore
  });

  it('the lines of a plan are told apart', () => {
    const lines = [{ plan: 1 }, { file: '' }, { left: '' }, { index: '' }, { totals: {} }] as unknown as PlanLine[];
    const told = lines.map((line) => [isFile(line), isLeft(line), isIndex(line)].indexOf(true));
    expect(told).toEqual([-1, 0, 1, 2, -1]);
  });
});
