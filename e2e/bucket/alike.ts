import type { ObjectStore } from '@vision-cache/arrow-store/s3';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The keys of all entries of a bucket, in their order. */
export async function keysOf(objects: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of objects.list('binance/')) keys.push(key);
  return keys;
}

/** How the entries of a bucket differ from those of a folder: in their names, or in a byte. */
export async function compare(objects: ObjectStore, folder: string): Promise<{ alike: number; others: string[] }> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.arrow'));
  const keys = await keysOf(objects);
  const others = keys.filter((key) => !files.includes(key));
  let alike = 0;
  for (const file of files) {
    const found = await objects.get(file);
    if (found !== undefined && readFileSync(join(folder, file)).equals(found.bytes)) alike++;
    else others.push(file);
  }
  return { alike, others };
}
