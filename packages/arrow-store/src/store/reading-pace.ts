/** Where known files are read: on the thread that asks, or on those of Node's pool. */
export type ReadingPlace = 'here' | 'aside';

/** Every so many turns the slower way is tried again, for what a machine has to spare changes. */
const TRY_AGAIN = 12;

/**
 * Which way of reading is faster just now. Two free cores read a year in half of the time of one; where the second is
 * busy, with this process or another's, handing the reads over costs more than it gives.
 */
export class ReadingPace {
  /** Milliseconds a byte, lately; 0 where it has not been tried. */
  readonly #perByte: Record<ReadingPlace, number> = { here: 0, aside: 0 };
  #turns = 0;

  next(): ReadingPlace {
    const { here, aside } = this.#perByte;
    const isAsideFaster = aside <= here;
    const isTrial = ++this.#turns % TRY_AGAIN === 0;
    return isAsideFaster !== isTrial ? 'aside' : 'here';
  }

  note(place: ReadingPlace, bytes: number, milliseconds: number): void {
    const before = this.#perByte[place];
    const now = milliseconds / bytes;
    this.#perByte[place] = before === 0 ? now : before + (now - before) / 4;
  }
}
