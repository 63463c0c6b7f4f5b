import type { FetchProgress, Series } from '../contract/api.ts';
import type { EventHub } from './event-hub.ts';
import { RefusedError, refusalOf, sentenceOf } from './refused.ts';

/** A piece of a range that has arrived. */
export interface Arrived {
  readonly dates: readonly string[];
}

export interface FetchOrder {
  readonly series: Series;
  readonly total: number;
  /**
   * Fetches, and tells of each piece as it arrives, in time order; and of how many entries have been dealt with in
   * between.
   */
  readonly run: (signal: AbortSignal, progress: (entries: number) => void) => AsyncIterable<Arrived>;
}

/** More would only take turns at the same line. */
const MOST_AT_ONCE = 4;

/** Fetches that run on behind the page, each of which can be stopped. */
export class FetchJobs {
  readonly #hub: EventHub;
  readonly #running = new Map<string, { stop: AbortController; ended: Promise<void> }>();
  #next = 1;

  constructor(hub: EventHub) {
    this.#hub = hub;
  }

  start(order: FetchOrder): string {
    if (this.#running.size >= MOST_AT_ONCE) {
      throw new RefusedError('E_BUSY', `${String(MOST_AT_ONCE)} fetches are running; wait for one or cancel it.`, 429);
    }
    const job = String(this.#next++);
    const stop = new AbortController();
    this.#running.set(job, {
      stop,
      ended: this.#run(job, order, stop.signal).finally(() => this.#running.delete(job)),
    });
    return job;
  }

  /** Stops a fetch; what has arrived stays. */
  async cancel(job: string): Promise<void> {
    const running = this.#running.get(job);
    if (running === undefined)
      throw new RefusedError('E_NO_SUCH_JOB', 'There is no such fetch any more: it has ended.', 404);
    running.stop.abort();
    await running.ended;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((job) => this.cancel(job)));
  }

  async #run(job: string, { series, total, run }: FetchOrder, signal: AbortSignal): Promise<void> {
    let done = 0;
    const tell = (state: FetchProgress['state'], why: Partial<Pick<FetchProgress, 'sentence' | 'code'>> = {}): void =>
      this.#hub.tell({ type: 'fetch', job, state, done, total, ...why });
    const kept = (): string =>
      done === 0 ? 'Nothing had arrived yet.' : `What had arrived was kept: ${String(done)} of ${String(total)}.`;
    tell('running');
    try {
      let arrived = 0;
      const progress = (entries: number): void => {
        done = Math.min(total, Math.max(done, arrived + entries));
        tell('running');
      };
      for await (const { dates } of run(signal, progress)) {
        arrived += dates.length;
        done = Math.max(done, arrived);
        this.#hub.tell({ type: 'changed', series, dates });
        tell('running');
      }
      tell('done');
    } catch (error) {
      if (signal.aborted) tell('cancelled', { sentence: `Cancelled. ${kept()}` });
      else tell('failed', { sentence: `${sentenceOf(error)} ${kept()}`, code: refusalOf(error).code });
    }
  }
}
