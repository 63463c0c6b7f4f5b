/** Lets so much happen at a time, in the order in which it was asked for: a process has few files to open. */
export class Gate {
  #free: number;
  readonly #capacity: number;
  readonly #waiting: { readonly weight: number; readonly enter: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /** Waits for room; the answer gives it back. What is larger than all there is gets all there is. */
  async enter(weight: number): Promise<() => void> {
    const taken = Math.min(weight, this.#capacity);
    if (this.#waiting.length > 0 || taken > this.#free) {
      await new Promise<void>((enter) => this.#waiting.push({ weight: taken, enter }));
    } else this.#free -= taken;
    return () => {
      this.#free += taken;
      this.#letIn();
    };
  }

  #letIn(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.weight <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.weight;
      next.enter();
    }
  }
}
