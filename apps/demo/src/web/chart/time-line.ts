/**
 * Where instants lie on the chart's axis, which counts bars. Bars of the archive's grid are evenly far apart, except
 * months; between two of them the way is straight.
 */
export class TimeLine {
  readonly #opens: Float64Array;
  readonly #end: number;

  constructor(opens: Float64Array, end: number) {
    this.#opens = opens;
    this.#end = end;
  }

  get from(): number {
    return this.#opens[0] ?? this.#end;
  }

  get to(): number {
    return this.#end;
  }

  /** Bars from the first one on; negative before it. */
  position(time: number): number {
    const opens = this.#opens;
    const bars = opens.length;
    if (bars === 0) return 0;
    const length = (this.#end - opens[0]!) / bars;
    if (time <= opens[0]!) return (time - opens[0]!) / length;
    if (time >= this.#end) return bars + (time - this.#end) / length;
    // Close to right for every grid, and exact where bars are of one length.
    let bar = Math.min(bars - 1, Math.floor((time - opens[0]!) / length));
    while (bar > 0 && opens[bar]! > time) bar--;
    while (bar + 1 < bars && opens[bar + 1]! <= time) bar++;
    const start = opens[bar]!;
    const next = bar + 1 < bars ? opens[bar + 1]! : this.#end;
    return bar + (time - start) / (next - start);
  }
}
