/** No more files are open at a time than any system allows beside what else a process has open. */
const MOST_FILES = 64;

/** Reads that go on on other threads while this one opens the next files. */
export class ReadsAside {
  #reads: Promise<void>[] = [];

  get isFull(): boolean {
    return this.#reads.length >= MOST_FILES;
  }

  add(read: Promise<void>): void {
    read.catch(() => undefined); // It is told where it is waited for, which may be later than it fails.
    this.#reads.push(read);
  }

  /** Waits until none goes on any more. @throws what the first of them threw that failed. */
  async settled(): Promise<void> {
    const reads = this.#reads;
    this.#reads = [];
    const results = await Promise.allSettled(reads);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
