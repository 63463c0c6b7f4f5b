import type { Progress } from '../contract/answer.ts';

/** Until the end at the speed so far; undefined before the first entry. */
export const etaOf = (elapsedMs: number, done: number, total: number): number | undefined =>
  done === 0 ? undefined : (elapsedMs / done) * (total - done);

/** What one part of a range has come to. */
interface PartState {
  readonly done: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Tells of parts that are worked on side by side as of one range: entries that the cache holds count as dealt with. */
export class RangeProgress {
  readonly #total: number;
  readonly #tell: (progress: Progress) => void;
  readonly #parts = new Map<object, PartState>();
  readonly #begun = performance.now();

  /** @param total Entries of the whole range. */
  constructor(total: number, tell: (progress: Progress) => void) {
    this.#total = total;
    this.#tell = tell;
  }

  /** Begins a part of so many entries. */
  part(entries: number): { readonly tell: (progress: Progress) => void; readonly end: () => void } {
    const part = {};
    return {
      tell: ({ entries: { done, total }, rows, bytes, source }) =>
        this.#set(part, { done: Math.max(0, entries - total) + done, rows, bytes }, source),
      end: () => {
        const { rows, bytes } = this.#parts.get(part) ?? { rows: 0, bytes: 0 };
        this.#set(part, { done: entries, rows, bytes }, 'cache');
      },
    };
  }

  #set(part: object, state: PartState, source: string): void {
    this.#parts.set(part, state);
    const sum = { done: 0, rows: 0, bytes: 0 };
    for (const each of this.#parts.values()) {
      sum.done += each.done;
      sum.rows += each.rows;
      sum.bytes += each.bytes;
    }
    const total = this.#total;
    const done = Math.min(total, sum.done);
    const elapsedMs = performance.now() - this.#begun;
    const etaMs = etaOf(elapsedMs, done, total);
    this.#tell({ entries: { done, total }, rows: sum.rows, bytes: sum.bytes, elapsedMs, etaMs, source });
  }
}
