import type { Interval } from '@vision-cache/cache-keys';
import type { Series } from '../../contract/api.ts';
import type { BarWindow } from '../../bars/aggregate.ts';
import type { BarCount } from '../../bars/count-bars.ts';
import type { Viewport } from '../../bars/viewport.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';
import { sameSeries } from './worker-messages.ts';

export interface DrawnWindow {
  readonly interval: Interval;
  readonly window: BarWindow;
  readonly end: number;
}

/** The page's side of the worker that loads, decodes and sums up bars. */
export class BarLoader {
  readonly #worker = new Worker(new URL('./bars-worker.ts', import.meta.url), { type: 'module', name: 'bars' });
  #series: Series;
  #asked = 0;
  #answer: ((drawn: DrawnWindow) => void) | undefined;
  #counting = 0;
  #counted: ((count: BarCount) => void) | undefined;
  readonly #loaded = new Set<string>();

  constructor(series: Series, on: { loaded(): void; failed(sentence: string): void }) {
    this.#series = series;
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>): void => {
      if (data.kind === 'window') {
        if (data.id === this.#asked) this.#answer?.(data);
        return;
      }
      if (data.kind === 'count') {
        if (data.id === this.#counting) this.#counted?.(data.count);
        return;
      }
      if (!sameSeries(data.series, this.#series)) return;
      if (data.kind === 'failed') on.failed(data.sentence);
      else if (data.kind === 'loaded') for (const date of data.dates) this.#loaded.add(date);
      else for (const date of data.dates) this.#loaded.delete(date);
      // What the worker had told of before it forgot has come by now: it is to be loaded again.
      if (data.kind === 'loaded' || data.kind === 'forgotten') on.loaded();
    };
  }

  /** Entries that the worker has decoded. */
  get loaded(): ReadonlySet<string> {
    return this.#loaded;
  }

  /** Turns to a series. What was loaded of the same one is loaded again. */
  turnTo(series: Series): void {
    if (sameSeries(series, this.#series)) this.forget([...this.#loaded]);
    this.#series = series;
    this.#loaded.clear();
    this.#counted = undefined;
    this.load([]);
  }

  load(dates: readonly string[]): void {
    this.#say({ kind: 'load', series: this.#series, dates });
  }

  forget(dates: readonly string[]): void {
    for (const date of dates) this.#loaded.delete(date);
    this.#say({ kind: 'forget', series: this.#series, dates });
  }

  /** Only the window asked for last is answered. */
  window(interval: Interval, { from, to }: Viewport, answer: (drawn: DrawnWindow) => void): void {
    this.#answer = answer;
    this.#say({ kind: 'window', id: ++this.#asked, series: this.#series, interval, from, to });
  }

  /** Only the count asked for last is answered. */
  count(interval: Interval, { from, to }: Viewport, answer: (count: BarCount) => void): void {
    this.#counted = answer;
    this.#say({ kind: 'count', id: ++this.#counting, series: this.#series, interval, from, to });
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
