import type { Series } from '../../contract/api.ts';
import type { Bars } from '../../bars/aggregate.ts';
import { sameSeries } from './worker-messages.ts';

/** 48 bytes a bar: about 200 MB. */
const MOST_BARS = 4_200_000;

/** Decoded entries of one series at a time, the longest unused given up first. */
export class HeldEntries {
  #series: Series | undefined;
  #bars = 0;
  readonly #entries = new Map<string, Bars>();

  /** Forgets everything where the series is another one. */
  turnTo(series: Series): void {
    if (this.#series !== undefined && sameSeries(this.#series, series)) return;
    this.#series = series;
    this.#entries.clear();
    this.#bars = 0;
  }

  isOf(series: Series): boolean {
    return this.#series !== undefined && sameSeries(this.#series, series);
  }

  has(date: string): boolean {
    return this.#entries.has(date);
  }

  /** @returns the dates that were given up for it */
  put(date: string, bars: Bars): string[] {
    this.drop(date);
    this.#entries.set(date, bars);
    this.#bars += bars.time.length;
    const dropped: string[] = [];
    for (const [oldest, { time }] of this.#entries) {
      if (this.#bars <= MOST_BARS) break;
      dropped.push(oldest);
      this.#entries.delete(oldest);
      this.#bars -= time.length;
    }
    return dropped;
  }

  drop(date: string): void {
    const held = this.#entries.get(date);
    if (held === undefined) return;
    this.#bars -= held.time.length;
    this.#entries.delete(date);
  }

  /** Those between two dates, in time order; they count as used. */
  between(first: string, last: string): Bars[] {
    const dates = [...this.#entries.keys()].filter((date) => date >= first && date <= last).sort();
    return dates.map((date) => {
      const bars = this.#entries.get(date)!;
      this.#entries.delete(date);
      this.#entries.set(date, bars);
      return bars;
    });
  }
}
