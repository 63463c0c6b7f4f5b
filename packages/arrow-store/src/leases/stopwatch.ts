/**
 * Milliseconds since it was made, of a clock that nobody sets. What was slept counts as well: a wait that a test makes
 * short has passed all the same.
 */
export class Stopwatch {
  readonly #started = performance.now();
  #slept = 0;

  get elapsedMs(): number {
    return Math.max(performance.now() - this.#started, this.#slept);
  }

  addSleep(milliseconds: number): void {
    this.#slept += milliseconds;
  }
}
