/**
 * Files that are open for it in this process, whoever reads them: enough to keep Node's threads busy, and few beside the
 * least that any system lets a process open.
 */
const MOST_FILES = 16;
let open = 0;

/** Reads that go on on other threads while this one opens the next files. */
export class ReadsAside {
  #reads: Promise<void>[] = [];

  get isFull(): boolean {
    return open >= MOST_FILES;
  }

  add(read: Promise<void>): void {
    open++;
    const done = () => {
      open--;
    };
    read.then(done, done); // A failure is told where it is waited for, which may be later than it happens.
    this.#reads.push(read);
  }

  /**
   * Waits until there is room for another read, as far as those of this load make it. The oldest may have been done long
   * ago, behind which younger ones keep all places: waiting for it alone makes none.
   * @throws what one of them threw
   */
  async makeRoom(): Promise<void> {
    while (this.isFull && this.#reads.length > 0) await this.#reads.shift();
  }

  /** Waits until none goes on any more. @throws what the first of them threw that failed. */
  async settled(): Promise<void> {
    const reads = this.#reads;
    this.#reads = [];
    const results = await Promise.allSettled(reads);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
