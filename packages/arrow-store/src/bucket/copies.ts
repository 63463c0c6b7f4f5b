import { createHash } from 'node:crypto';
import type { ObjectStore } from '../objects/object-store.ts';

/**
 * Whole objects of a bucket in a folder, at most so many bytes of them: the first one that was copied goes first. Each is
 * named for its ETag, so that a copy of an object that was replaced is never found; its seal is checked by whoever reads.
 */
export class Copies {
  readonly #objects: ObjectStore;
  readonly #maxBytes: number;
  /** Sizes, the oldest first. */
  #sizes: Promise<Map<string, number>> | undefined;
  #bytes = 0;

  constructor(objects: ObjectStore, maxBytes: number) {
    this.#objects = objects;
    this.#maxBytes = maxBytes;
  }

  async find(path: string, etag: string): Promise<Uint8Array | undefined> {
    return (await this.#objects.get(nameOf(path, etag)))?.bytes;
  }

  async add(path: string, etag: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > this.#maxBytes) return;
    const sizes = await this.#known();
    const name = nameOf(path, etag);
    if (sizes.has(name)) return;
    sizes.set(name, bytes.length);
    this.#bytes += bytes.length;
    for (const [oldest, size] of sizes) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#forget(sizes, oldest, size);
      await this.#objects.delete(oldest);
    }
    await this.#objects.put(name, [bytes]);
  }

  async remove(path: string, etag: string): Promise<void> {
    const sizes = await this.#known();
    const name = nameOf(path, etag);
    this.#forget(sizes, name, sizes.get(name) ?? 0);
    await this.#objects.delete(name);
  }

  #forget(sizes: Map<string, number>, name: string, size: number): void {
    if (sizes.delete(name)) this.#bytes -= size;
  }

  /** What is there from before, in whatever order: of it nothing is known but its size. */
  #known(): Promise<Map<string, number>> {
    return (this.#sizes ??= this.#scan());
  }

  async #scan(): Promise<Map<string, number>> {
    const sizes = new Map<string, number>();
    for await (const { key, size } of this.#objects.list('')) {
      sizes.set(key, size);
      this.#bytes += size;
    }
    return sizes;
  }
}

/** An ETag may hold whatever a server likes, and a key's path is longer than some file systems take. */
const nameOf = (path: string, etag: string): string => {
  const digest = createHash('sha256').update(`${path}\n${etag}`).digest('hex').slice(0, 40);
  return `${digest.slice(0, 2)}/${digest.slice(2)}`;
};
