import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { http } from 'msw';
import { setupServer } from 'msw/node';
import { Disk } from '../disk/disk.ts';
import { nodeFileSystem } from '../disk/file-system.ts';
import { s3Objects } from '../s3/s3-objects.ts';
import { S3ServerFixture } from '../s3/s3-server.fixture.ts';
import { removeTempRoots, tempRoot } from '../temp-root.fixture.ts';
import { FolderObjects } from './folder-objects.ts';
import type { ObjectStore } from './object-store.ts';

let bucket = new S3ServerFixture();
const server = setupServer(http.all('http://s3.test/*', ({ request }) => bucket.handle(request)));
beforeAll(() => {
  server.listen({ onUnhandledRequest: 'error' });
});
beforeEach(() => {
  bucket = new S3ServerFixture();
  bucket.pageSize = 3;
});
afterEach(removeTempRoots);
afterAll(() => {
  server.close();
});

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const text = (value: string) => [new TextEncoder().encode(value)];
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
async function keysOf(objects: ObjectStore, prefix: string, startAfter?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of objects.list(prefix, { startAfter })) keys.push(key);
  return keys;
}

describe.each<readonly [string, () => ObjectStore]>([
  ['a folder', () => new FolderObjects(new Disk(tempRoot(), nodeFileSystem), 'none')],
  ['a bucket', () => s3Objects({ bucket: 'b', prefix: 'team/x', endpoint: 'http://s3.test', credentials })],
])('objects of %s', (_, open) => {
  it('are not there before they are put, and then whole', async () => {
    const objects = open();
    expect(await objects.get('a/b')).toBeUndefined();
    expect(await objects.head('a/b')).toBeUndefined();
    const put = await objects.put('a/b', [...text('one '), ...text('two')]);
    expect(put).toMatchObject({ key: 'a/b', size: 7 });
    const found = await objects.get('a/b');
    expect([textOf(found?.bytes), found?.size, found?.etag]).toEqual(['one two', 7, put!.etag]);
    expect(await objects.head('a/b')).toEqual(put);
  });

  it('are given in parts', async () => {
    const objects = open();
    await objects.put('a', text('0123456789'));
    const cut = async (start: number, end: number) => {
      const found = await objects.get('a', { range: { start, end } });
      return [textOf(found?.bytes), found?.size];
    };
    expect(await cut(2, 5)).toEqual(['234', 10]);
    expect(await cut(8, 99)).toEqual(['89', 10]);
    expect(await cut(99, 100)).toEqual(['', 10]);
    expect(await cut(4, 4)).toEqual(['', 10]);
    expect(await objects.get('b', { range: { start: 0, end: 4 } })).toBeUndefined();
    expect(await objects.get('b', { range: { start: 4, end: 4 } })).toBeUndefined();
  });

  it('are replaced whole, or left where that was asked', async () => {
    const objects = open();
    const first = await objects.put('a', text('1'), { ifAbsent: true });
    expect(first).toBeDefined();
    expect(await objects.put('a', text('2'), { ifAbsent: true })).toBeUndefined();
    expect(textOf((await objects.get('a'))?.bytes)).toBe('1');
    const second = await objects.put('a', text('22'));
    expect(second?.etag).not.toBe(first?.etag);
    expect(textOf((await objects.get('a'))?.bytes)).toBe('22');
  });

  it('are listed in the order of their bytes, page by page', async () => {
    const objects = open();
    const keys = ['a-b/1', 'a/1', 'a/2', 'a/é', 'ab', 'b c/d+e/f&g', 'b/中', 'z'];
    for (const key of [...keys].reverse()) await objects.put(key, text(key));
    expect(await keysOf(objects, '')).toEqual(keys);
    expect(await keysOf(objects, 'a')).toEqual(keys.slice(0, 5));
    expect(await keysOf(objects, 'a/')).toEqual(keys.slice(1, 4));
    expect(await keysOf(objects, '', 'a/1')).toEqual(keys.slice(2));
    expect(await keysOf(objects, '', 'a/15')).toEqual(keys.slice(2));
    expect(await keysOf(objects, 'nothing/')).toEqual([]);
    for (const key of keys) expect(textOf((await objects.get(key))?.bytes)).toBe(key);
  });

  it('are deleted, also twice', async () => {
    const objects = open();
    await objects.put('a/b', text('1'));
    await objects.delete('a/b');
    await objects.delete('a/b');
    expect(await objects.get('a/b')).toBeUndefined();
    expect(await keysOf(objects, '')).toEqual([]);
  });
});
