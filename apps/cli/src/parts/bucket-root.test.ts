import { describe, expect, it } from '@jest/globals';
import type { Io } from '../contract/io.ts';
import { openBucket } from './bucket-root.ts';
import { bucketUrl, cacheRoot } from './cache-root.ts';

const io = (environment: Io['environment'] = {}) => ({ environment, now: () => 0 }) as unknown as Io;

describe('a cache that is a bucket', () => {
  it('is named by the flag, or else by the environment', () => {
    const own = { VISION_CACHE_DIR: 's3://team/other' };
    expect(bucketUrl({ cache: 's3://team/data' }, io(own))).toBe('s3://team/data');
    expect(bucketUrl({}, io(own))).toBe('s3://team/other');
    expect(bucketUrl({ cache: './data' }, io(own))).toBeUndefined();
    expect(bucketUrl({ demo: true }, io(own))).toBeUndefined();
  });

  it('is no folder for a command that works on one', () => {
    const refused = expect.objectContaining({
      code: 'E_NEEDS_FOLDER',
      message: expect.stringContaining('is a bucket'),
    });
    expect(() => cacheRoot({ cache: 's3://team/data' }, io())).toThrow(refused);
    expect(() => cacheRoot({}, io({ VISION_CACHE_DIR: 's3://team/data' }))).toThrow(refused);
  });

  it('has no credentials in its name, and none are told', () => {
    const named = { cache: 's3://AKIDEXAMPLE:wJalrXUtnFEMI@team/data' };
    for (const ask of [bucketUrl, cacheRoot]) {
      expect(() => ask(named, io())).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
      expect(() => ask(named, io())).not.toThrow(/AKIDEXAMPLE|wJalrXUtnFEMI/);
    }
  });

  it('has a name, and credentials', async () => {
    expect(await openBucket({ cache: './data' }, io())).toBeUndefined();
    await expect(openBucket({ cache: 's3://' }, io())).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(openBucket({ cache: 's3://team' }, io())).rejects.toMatchObject({ code: 'E_CREDENTIALS' });
  });
});
