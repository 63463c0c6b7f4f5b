import { isArrowStoreError } from '../contract/errors.ts';
import type { KnownFile } from './entry-reader.ts';
import { isDamage, quarantineAsReader } from './quarantine.ts';
import type { StoreContext } from './store-context.ts';

/** Between two files, so that reads and other work go first. */
const PAUSE_MS = 5;

/**
 * Verifies files again that were verified long ago and are still read, one after the other behind the reads: bytes can
 * rot under a file whose time and size stay the same. It keeps no process alive.
 */
export class VerifyAgain {
  readonly #store: () => StoreContext;
  readonly #due = new Map<string, KnownFile>();
  #isWaiting = false;

  constructor(store: () => StoreContext) {
    this.#store = store;
  }

  add(known: KnownFile): void {
    if (this.#due.has(known.path)) return;
    this.#due.set(known.path, known);
    this.#next();
  }

  #next(): void {
    if (this.#isWaiting || this.#due.size === 0) return;
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      const [first] = this.#due.values();
      if (first === undefined) return;
      const { path } = first;
      void this.#verify(path, first).finally(() => {
        this.#due.delete(path);
        this.#next();
      });
    }, PAUSE_MS).unref();
  }

  async #verify(path: string, known: KnownFile): Promise<void> {
    const store = this.#store();
    const { reader } = store;
    if (!known.current) return; // Another file by now, which was verified when it was read.
    try {
      reader.withFile(path, (file, stat) => {
        const { entry } = reader.openAnywhere(path, file, stat, known.entry.key);
        reader.accept(path, stat, entry, true);
      });
    } catch (error) {
      if (isDamage(error)) {
        reader.forget(path);
        await quarantineAsReader(store, path, error);
      } else if (!isArrowStoreError(error)) throw error;
      // What the system says now, whoever reads next meets as well.
    }
  }
}
