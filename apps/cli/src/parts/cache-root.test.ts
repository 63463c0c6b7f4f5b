import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { cacheRoot, folderOf } from './cache-root.ts';

const io = (environment: Record<string, string> = {}) => ({ environment });

describe('the folder of a cache', () => {
  it.each(['', ' ', '~', '~/data', 'file:///data', 'https://data.example/x'])(
    'is none where the flag says %j: it would be the working folder, or a strange name in it',
    (named) => {
      expect(() => cacheRoot({ cache: named }, io())).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
      expect(() => folderOf(named, '--to')).toThrow(/^--to/);
    },
  );

  it('is the environment’s where the flag names none, and an empty one is none', () => {
    expect(cacheRoot({}, io({ VISION_CACHE_DIR: 'data' }))).toBe(resolve('data'));
    expect(() => cacheRoot({}, io({ VISION_CACHE_DIR: '~/data' }))).toThrow(/^VISION_CACHE_DIR/);
    expect(cacheRoot({}, io({ VISION_CACHE_DIR: '' }))).toMatch(/vision-cache$/);
  });

  it('is any that is named, also of a name with a colon or a tilde in it', () => {
    for (const named of ['.', 'a:b', 'data~', './~/data'])
      expect(cacheRoot({ cache: named }, io())).toBe(resolve(named));
  });
});
