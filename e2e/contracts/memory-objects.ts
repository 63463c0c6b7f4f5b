import type { FoundObject, ObjectInfo, ObjectStore, PutOptions } from '@vision-cache/arrow-store/s3';

/** Objects in memory, as whoever brings another kind of place writes them. */
export class MemoryObjects implements ObjectStore {
  readonly name = 'memory:';
  readonly stored = new Map<string, { readonly bytes: Uint8Array; readonly etag: string }>();
  #puts = 0;

  async get(key: string, options: Parameters<ObjectStore['get']>[1] = {}): Promise<FoundObject | undefined> {
    const found = await Promise.resolve(this.stored.get(key));
    if (found === undefined) return undefined;
    const { start = 0, end = found.bytes.length } = options.range ?? {};
    return { key, size: found.bytes.length, etag: found.etag, bytes: found.bytes.slice(start, end) };
  }

  async put(key: string, parts: readonly Uint8Array[], { ifAbsent }: PutOptions = {}): Promise<ObjectInfo | undefined> {
    await Promise.resolve();
    if (ifAbsent === true && this.stored.has(key)) return undefined;
    const bytes = Buffer.concat(parts);
    const etag = `${++this.#puts}`;
    this.stored.set(key, { bytes, etag });
    return { key, size: bytes.length, etag };
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const found = await this.get(key);
    return found === undefined ? undefined : { key, size: found.size, etag: found.etag };
  }

  async delete(key: string): Promise<void> {
    await Promise.resolve(this.stored.delete(key));
  }

  async *list(
    prefix: string,
    { startAfter = '' }: { startAfter?: string | undefined } = {},
  ): AsyncGenerator<ObjectInfo> {
    for (const [key, { bytes, etag }] of [...this.stored].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (key.startsWith(prefix) && key > startAfter) yield await Promise.resolve({ key, size: bytes.length, etag });
    }
  }
}
