import type { EntrySummary, FetchPlan, FetchProgress, Series } from '../../contract/api.ts';
import type { LiveEvents } from '../page/live-events.ts';
import { ask } from '../page/ask.ts';
import { h, setText } from '../page/dom.ts';
import type { Notices } from '../page/notices.ts';
import { byteText, count, counted } from '../page/numbers.ts';

/** More missing days than this are asked about before they are fetched. */
const FETCHED_UNASKED = 400;

/** One that is partly there is tried once more in each minute, one that is not there once. */
function attempt({ date, state }: EntrySummary): string {
  return state === 'unasked' ? date : `${date} ${String(Math.floor(performance.now() / 60_000))}`;
}

/** A plan in one line: `2 requests, 1.4 MB, for 31 days`. */
function planText({ requests, bytes, weight, missing }: FetchPlan, unit: string): string {
  const cost = weight > 0 ? `, REST weight ${count(weight)}` : '';
  return `${counted(requests, 'request')}, ${byteText(bytes)}${cost}, for ${counted(missing, unit)}`;
}

/** Tells what of the view is not in the cache, what it would cost, and fetches it. */
export class FetchBar {
  readonly element: HTMLElement;
  readonly #text = h('p', { role: 'status' });
  readonly #progress = h('progress', { max: 1, value: 0, 'aria-label': 'Fetched', hidden: true });
  readonly #plan: HTMLButtonElement;
  readonly #fetch: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  readonly #auto = h('input', { type: 'checkbox', id: 'auto-fetch', checked: true });
  readonly #notices: Notices;
  /** What was tried once in this visit is not fetched again without being asked to. */
  readonly #tried = new Set<string>();
  readonly #mayFetch: boolean;
  readonly #unknownSymbol: () => void;
  /** What is missing within the days in view that are in the cache. */
  #gaps: string | undefined;
  #series: Series;
  #missing: readonly EntrySummary[] = [];
  #job: string | undefined;
  /** Events of a fetch may come before the answer that names it. */
  #starting = false;
  readonly #ended = new Set<string>();
  /** What became of a fetch that was stopped: it stands until the next one, however the view changes meanwhile. */
  #stopped = '';
  /** The plan that was asked for: it stands while the same is missing. */
  #planned: { readonly missing: string; readonly text: string } | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    series: Series,
    events: LiveEvents,
    notices: Notices,
    on: { readonly mayFetch: boolean; unknownSymbol(): void },
  ) {
    const { mayFetch } = on;
    this.#mayFetch = mayFetch;
    this.#unknownSymbol = () => on.unknownSymbol();
    this.#auto.checked = mayFetch;
    this.#series = series;
    this.#notices = notices;
    const button = (title: string, kind: string, act: () => void): HTMLButtonElement =>
      h('button', { type: 'button', class: kind, onclick: act }, title);
    this.#plan = button('Plan', 'button', () => void notices.attempt(() => this.#showPlan()));
    this.#fetch = button('Fetch', 'button button-main', () => void notices.attempt(() => this.#start()));
    this.#cancel = button('Cancel', 'button', () => void notices.attempt(() => this.#stop()));
    this.element = h(
      'div',
      { class: 'fetch-bar' },
      this.#text,
      this.#progress,
      h('div', { class: 'fetch-actions' }, this.#plan, this.#fetch, this.#cancel),
      h('label', { class: 'check', hidden: !mayFetch }, this.#auto, 'Fetch as I scroll'),
    );
    events.on('fetch', (progress) => this.#follow(progress));
    this.#auto.addEventListener('change', () => {
      this.#tried.clear();
      this.offer(this.#missing);
    });
    this.#show();
  }

  turnTo(series: Series): void {
    this.#series = series;
    this.#missing = [];
    this.#gaps = undefined;
    this.#tried.clear();
    this.#stopped = '';
    this.#planned = undefined;
    this.#show();
  }

  /** What of the view was never asked for. */
  offer(missing: readonly EntrySummary[]): void {
    this.#missing = missing;
    if (this.#job !== undefined) return;
    this.#show();
    clearTimeout(this.#waiting);
    const fresh = missing.filter((entry) => !this.#tried.has(attempt(entry)));
    if (!this.#auto.checked || fresh.length === 0 || missing.length > FETCHED_UNASKED) return;
    this.#waiting = setTimeout(() => {
      if (this.#job !== undefined) return;
      for (const entry of missing) this.#tried.add(attempt(entry));
      void this.#notices.attempt(() => this.#start());
    }, 350);
  }

  /** What is missing in view although its days are in the cache; undefined if nothing is. */
  tell(gaps: string | undefined): void {
    this.#gaps = gaps;
    if (this.#job === undefined) this.#show();
  }

  get #range(): object {
    return { ...this.#series, from: this.#missing[0]!.from, to: this.#missing.at(-1)!.to };
  }

  async #showPlan(): Promise<void> {
    const missing = this.#missingDates;
    setText(this.#text, 'Planning…');
    const plan = await ask<FetchPlan>('/api/plan', { method: 'POST', body: this.#range });
    const saved = plan.oneZipADay - plan.requests;
    const text = `${planText(plan, this.#unit)}${saved > 0 ? `; one zip a day would take ${count(plan.oneZipADay)}` : ''}.`;
    this.#planned = { missing, text };
    this.#show();
  }

  get #missingDates(): string {
    return this.#missing.map(({ date }) => date).join(' ');
  }

  async #start(): Promise<void> {
    if (this.#missing.length === 0 || this.#starting) return;
    this.#starting = true;
    this.#stopped = '';
    this.#planned = undefined;
    try {
      const { job } = await ask<{ job: string }>('/api/fetch', { method: 'POST', body: this.#range });
      if (this.#ended.has(job)) return;
      this.#job = job;
      this.#progress.value = 0;
      this.#show();
    } finally {
      this.#starting = false;
    }
  }

  async #stop(): Promise<void> {
    if (this.#job === undefined) return;
    await ask(`/api/fetch/${this.#job}`, { method: 'DELETE' });
  }

  #follow({ job, state, done, total, sentence, code }: FetchProgress): void {
    // Only of its own fetch: what is remembered of earlier ones is told to a new page as well.
    if (this.#ended.has(job) || (job !== this.#job && !this.#starting)) return;
    if (state === 'running') {
      this.#job = job;
      this.#progress.max = Math.max(total, 1);
      this.#progress.value = done;
      this.#show(`Fetching: ${count(done)} of ${counted(total, this.#unit)}`);
      return;
    }
    this.#ended.add(job);
    this.#job = undefined;
    if (state === 'failed') {
      this.#notices.show(sentence ?? 'The fetch failed.');
      if (code === 'E_UNKNOWN_SYMBOL') this.#unknownSymbol();
    }
    for (const { date } of this.#missing) this.#tried.add(date);
    if (state === 'cancelled') this.#stopped = `${sentence ?? 'Cancelled. What had arrived was kept.'} `;
    this.#show(state === 'cancelled' ? undefined : sentence);
  }

  get #unit(): string {
    return (this.#missing[0]?.date.length ?? 10) === 7 ? 'month' : 'day';
  }

  #show(sentence?: string): void {
    const running = this.#job !== undefined;
    const some = this.#missing.length > 0;
    this.#progress.hidden = !running;
    this.#cancel.hidden = !running;
    this.#plan.hidden = this.#fetch.hidden = running || !some || !this.#mayFetch;
    this.element.classList.toggle('fetch-bar-some', some || running);
    setText(this.#text, sentence ?? (running ? 'Fetching…' : this.#stopped + this.#standing));
  }

  /** What of the view is there. */
  get #standing(): string {
    if (this.#missing.length === 0) return this.#gaps ?? 'Everything in view is in the cache.';
    if (this.#planned?.missing === this.#missingDates) return this.#planned.text;
    const end = this.#mayFetch ? '' : ', which is shown as it is';
    const many =
      this.#auto.checked && this.#missing.length > FETCHED_UNASKED
        ? ` More than ${count(FETCHED_UNASKED)} at once are fetched only when you press Fetch.`
        : '';
    return `${counted(this.#missing.length, this.#unit)} in view not in the cache${end}.${many}`;
  }
}
