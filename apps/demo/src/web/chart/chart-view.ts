import { type Interval, utcDay } from '@vision-cache/cache-keys';
import type { EntrySummary, Series, Setup, StoredIntervals } from '../../contract/api.ts';
import { barMilliseconds, basisInterval, drawnInterval } from '../../bars/level-of-detail.ts';
import { clampViewport, pan, type Viewport, zoom } from '../../bars/viewport.ts';
import type { LiveEvents } from '../page/live-events.ts';
import { ask, query } from '../page/ask.ts';
import { CoverageBook, hasRows } from '../coverage/coverage-book.ts';
import { h, setText } from '../page/dom.ts';
import type { Notices } from '../page/notices.ts';
import { count, counted } from '../page/numbers.ts';
import type { ZoneFormat } from '../page/time-zone.ts';
import { BarLoader } from '../worker/bar-loader.ts';
import { bandsOf } from './bands.ts';
import { type BarUnderPointer, CandleChart } from './candle-chart.ts';
import { FetchBar } from './fetch-bar.ts';
import { listenForGestures } from './gestures.ts';
import { Legend } from './legend.ts';
import { Overview } from './overview.ts';
import { palette } from '../page/palette.ts';

const DAY = 86_400_000;
const SPANS: readonly (readonly [string, number])[] = [['1D', 1], ['1W', 7], ['1M', 30], ['3M', 91], ['1Y', 365], ['All', Infinity]]; // prettier-ignore
/** The chart holds this much beside the view, in widths of it, so that a quick hand sees no edge. */
const MARGIN = 1;
/** More bars than this are not loaded for one view: about four years of minutes. */
const MOST_BARS_IN_VIEW = 2_200_000;
/** A mark for whoever measures, at the first draw with bars. */
const FIRST_CANDLES = 'first-candles';
/** The coverage of the whole range is asked for after the view's entries. */
const REST_OF_COVERAGE_MILLISECONDS = 700;
/** At most so often the chart is drawn anew while days arrive. */
const REDRAWN_EVERY_MILLISECONDS = 120;
/** Live: how often the newest bars are looked for. */
const FOLLOWED_EVERY_MILLISECONDS = 15_000;

/** The chart with everything around it. */
export class ChartView {
  readonly element: HTMLElement;
  readonly #setup: Setup;
  readonly #notices: Notices;
  readonly #chart: CandleChart;
  readonly #loader: BarLoader;
  readonly #fetchBar: FetchBar;
  readonly #legend = new Legend();
  readonly #overview: Overview;
  readonly #status = h('p', { class: 'chart-status' });
  readonly #spoken = h('p', { class: 'sr-only', role: 'status' });
  readonly #origins = h('input', { type: 'checkbox', id: 'origins' });
  readonly #table = h('table');
  #zone: ZoneFormat;
  /** What was chosen. */
  #series: Series;
  /** What is read for it: the same, or bars of a finer interval that is held. */
  #book: CoverageBook;
  #view: Viewport;
  #drawn: Interval;
  #frame = 0;
  #asking = false;
  #stale = true;
  #drawnAt = 0;
  #pointer: BarUnderPointer | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;
  /** The last instant that could be had when it was looked for, live. */
  #followed: number;

  constructor(setup: Setup, events: LiveEvents, notices: Notices, zone: ZoneFormat) {
    this.#setup = setup;
    this.#notices = notices;
    this.#zone = zone;
    this.#series = setup.start;
    this.#drawn = setup.start.interval;
    this.#view = setup.start;
    this.#book = new CoverageBook(setup.start, setup);
    this.#overview = new Overview(palette(), (time) => {
      const half = (this.#view.to - this.#view.from) / 2;
      this.look({ from: time - half, to: time + half });
    });
    const stage = h('div', {
      class: 'stage', tabindex: 0, role: 'application', 'aria-roledescription': 'chart', 'aria-describedby': 'chart-keys',
      'aria-label': 'Candles and volume',
    }); // prettier-ignore
    this.#fetchBar = new FetchBar(setup.start, events, notices, setup.mode !== 'offline');
    this.element = h(
      'section',
      { class: 'view chart-view', id: 'view-chart', 'aria-label': 'Chart' },
      h(
        'div',
        { class: 'chart-tools' },
        h('div', { class: 'spans', role: 'group', 'aria-label': 'Span in view' }, ...SPANS.map(([title, days]) => h('button', { type: 'button', class: 'span', onclick: () => this.#span(days) }, title))),
        h('label', { class: 'check' }, this.#origins, 'Colour by source'),
        this.#status,
      ),
      h('div', { class: 'stage-frame' }, stage, this.#legend.element),
      this.#overview.element,
      this.#fetchBar.element,
      h('details', { class: 'as-table', ontoggle: () => this.#fillTable() }, h('summary', {}, 'The bars in view as a table'), h('div', { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Bars in view' }, this.#table)),
      h('p', { class: 'sr-only', id: 'chart-keys' }, 'Left and right arrows move in time, with shift by half a width. Up and down arrows or plus and minus zoom. Page up and page down move by a width. Home and End go to the first and the last bar.'),
      this.#spoken,
    ); // prettier-ignore
    this.#chart = new CandleChart(stage, zone, palette());
    this.#chart.onPointer((bar) => {
      this.#pointer = bar;
      this.#showLegend();
    });
    this.#loader = new BarLoader(setup.start, {
      loaded: () => this.#refresh(),
      failed: (sentence) => notices.show(sentence),
    });
    this.#origins.addEventListener('change', () => this.#mark());
    listenForGestures(stage, () => this.#chart.width, {
      pan: (share) => this.look(pan(this.#view, share * (this.#view.to - this.#view.from))),
      zoom: (factor, anchor) =>
        this.look(zoom(this.#view, factor, this.#view.from + anchor * (this.#view.to - this.#view.from))),
      toFirst: () => this.look(pan(this.#view, this.#setup.first - this.#view.from)),
      toLast: () => this.look(pan(this.#view, this.#setup.last - this.#view.to)),
    });
    new ResizeObserver(() => this.#refresh()).observe(stage);
    this.#followed = setup.last;
    if (setup.mode === 'live') setInterval(() => this.#follow(), FOLLOWED_EVERY_MILLISECONDS);
    events.on('changed', ({ series, dates }) => {
      const { marketType, symbol, interval } = this.#book.series;
      if (
        series !== undefined &&
        (series.marketType !== marketType || series.symbol !== symbol || series.interval !== interval)
      )
        return;
      void notices.attempt(() => this.#recall(dates));
    });
  }

  get view(): Viewport {
    return this.#view;
  }

  /** The entries of what is read for the chosen series. */
  get book(): CoverageBook {
    return this.#book;
  }

  /** Turns to a series; the view stays where it is. */
  async turnTo(series: Series, view: Viewport = this.#view): Promise<void> {
    this.#series = series;
    this.element.classList.add('loading');
    try {
      const { marketType, symbol } = series;
      const span = view.to - view.from;
      const around = (book: CoverageBook): Promise<void> => book.refresh(view.from - span, view.to + span);
      // Most often what was chosen is what is held: its coverage is asked for at the same time.
      const likely = new CoverageBook(series, this.#setup);
      const [stored] = await Promise.all([
        ask<StoredIntervals>(`/api/stored${query({ marketType, symbol })}`),
        around(likely),
      ]);
      if (this.#series !== series) return;
      const basis = basisInterval(series.interval, stored);
      const book = basis === series.interval ? likely : new CoverageBook({ ...series, interval: basis }, this.#setup);
      if (book !== likely) await around(book);
      if (this.#series !== series) return;
      this.#book = book;
      this.#fetchBar.turnTo(book.series);
      this.#loader.turnTo(book.series);
      book.onChange(() => {
        if (book === this.#book) this.#showCoverage();
      });
      this.#showCoverage();
      this.look(view);
      this.#load();
      // What is in view comes first.
      setTimeout(() => void this.#notices.attempt(() => book.refresh()), REST_OF_COVERAGE_MILLISECONDS);
    } finally {
      this.element.classList.remove('loading');
    }
  }

  #showCoverage(): void {
    this.#overview.turnTo(this.#book.all());
    this.#mark();
    this.#refresh();
  }

  look(view: Viewport): void {
    const bar = barMilliseconds(this.#series.interval);
    const longest = MOST_BARS_IN_VIEW * barMilliseconds(this.#book.series.interval);
    const span = Math.min(view.to - view.from, longest);
    const middle = (view.from + view.to) / 2;
    const { first, last } = this.#setup;
    this.#view = clampViewport({ from: middle - span / 2, to: middle + span / 2 }, { first, last, shortest: 12 * bar });
    this.#invalidate();
  }

  turnToZone(zone: ZoneFormat): void {
    this.#zone = zone;
    this.#chart.turnToZone(zone);
    this.#invalidate();
    this.#settle();
  }

  paint(): void {
    this.#chart.paint(palette());
    this.#overview.paint(palette());
  }

  #span(days: number): void {
    const { first, last } = this.#setup;
    const span = Number.isFinite(days) ? days * DAY : last - first;
    const to = Math.min(this.#view.to, last);
    this.look(Number.isFinite(days) ? { from: to - span, to } : { from: first, to: last });
  }

  #refresh(): void {
    this.#stale = true;
    this.#invalidate();
  }

  #invalidate(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      this.#draw(now);
    });
  }

  #draw(now: number): void {
    const { from, to } = this.#view;
    const span = to - from;
    const width = this.#chart.width;
    if (width === 0) return;
    const interval = drawnInterval(this.#series.interval, span, width);
    const held = this.#chart.drawn;
    const nearEdge = held.from > from - span * 0.3 || held.to < to + span * 0.3;
    const due = this.#stale && now - this.#drawnAt >= REDRAWN_EVERY_MILLISECONDS;
    this.#chart.show(this.#view);
    this.#overview.show(this.#view);
    if (!this.#asking && (interval !== this.#drawn || nearEdge || due)) this.#ask(interval);
    else if (this.#stale || this.#asking) this.#invalidate();
    this.#settle();
  }

  #ask(interval: Interval): void {
    const { from, to } = this.#view;
    const margin = (to - from) * MARGIN;
    this.#asking = true;
    this.#stale = false;
    this.#drawnAt = performance.now();
    this.#loader.window(interval, { from: from - margin, to: to + margin }, ({ window, end }) => {
      this.#asking = false;
      this.#drawn = interval;
      this.#chart.draw(window, end);
      this.#chart.show(this.#view);
      this.#showLegend();
      this.element.dataset['drawn'] = interval;
      if (window.bars > 0 && performance.getEntriesByName(FIRST_CANDLES).length === 0) performance.mark(FIRST_CANDLES);
    });
  }

  /** What need not happen at every frame: loading, offering, telling. */
  #settle(): void {
    if (this.#settling !== undefined) return;
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#load();
      this.#tell();
    }, 60);
  }

  #load(): void {
    const { from, to } = this.#view;
    const basis = this.#book.series.interval;
    // Years of minutes fill the memory by themselves: nothing beside them is loaded ahead.
    const margin = (to - from) / barMilliseconds(basis) > MOST_BARS_IN_VIEW / 3 ? 0 : to - from;
    const inView = this.#book.between(from, to);
    const around = this.#book.between(from - margin, to + margin);
    const middle = (from + to) / 2;
    const distance = (entry: EntrySummary): number => Math.abs((entry.from + entry.to) / 2 - middle);
    const wanted = around.filter((entry) => hasRows(entry) && !this.#loader.loaded.has(entry.date));
    this.#loader.load(wanted.sort((a, b) => distance(a) - distance(b)).map(({ date }) => date));
    this.element.dataset['loading'] = String(
      inView.filter((entry) => hasRows(entry) && !this.#loader.loaded.has(entry.date)).length,
    );
    this.#fetchBar.offer(inView.filter((entry) => entry.state === 'unasked' || this.#isBehind(entry)));
  }

  /** Live: bars of the entry have closed since it was fetched. */
  #isBehind({ state, from, to, rows = 0 }: EntrySummary): boolean {
    if (this.#setup.mode !== 'live' || state !== 'partial') return false;
    const closed = Math.floor((Math.min(this.#setup.last, to) - from) / barMilliseconds(this.#book.series.interval));
    return rows < closed;
  }

  /** Live: who looks at the newest bars goes on doing so. */
  #follow(): void {
    const { last } = this.#setup;
    const since = last - this.#followed;
    const nearly = this.#followed - barMilliseconds(this.#series.interval);
    const follows = this.#view.to >= nearly && this.#view.from < this.#followed;
    this.#followed = last;
    if (follows) this.look(pan(this.#view, since));
    else this.#settle();
  }

  async #recall(dates: readonly string[] | undefined): Promise<void> {
    if (dates === undefined || dates.length === 0) {
      this.#loader.turnTo(this.#book.series);
      await this.turnTo(this.#series);
      return;
    }
    this.#loader.forget(dates);
    const touched = this.#book.all().filter(({ date }) => dates.includes(date));
    const [first, last] = [touched[0], touched.at(-1)];
    if (first !== undefined && last !== undefined) await this.#book.refresh(first.from, last.to);
  }

  #mark(): void {
    this.#chart.mark(bandsOf(this.#book.all(), { origins: this.#origins.checked }));
  }

  #showLegend(): void {
    const bar = this.#pointer ?? this.#chart.lastInView();
    this.#legend.show(bar, bar === undefined ? undefined : this.#book.at(bar.time), this.#zone);
  }

  #tell(): void {
    const { from, to } = this.#view;
    const basis = this.#book.series.interval;
    const bars = this.#book.between(from, to).reduce((sum, { rows }) => sum + (rows ?? 0), 0);
    const resampled = basis === this.#series.interval ? '' : `, resampled from ${basis}`;
    const shown = this.#drawn === this.#series.interval ? '' : `, drawn at ${this.#drawn}`;
    const span = `${this.#zone.moment(from)} – ${this.#zone.moment(to)} ${this.#zone.label(to)}`;
    setText(this.#status, `${span} · ${count(bars)} bars${resampled}${shown}`);
    const { symbol, interval } = this.#series;
    const gaps = this.#book.between(from, to).reduce((sum, entry) => sum + entry.gaps.length, 0);
    setText(
      this.#spoken,
      `${symbol} ${interval}, ${utcDay(Math.floor(from))} to ${utcDay(Math.floor(to))}: ${counted(bars, 'bar')}, ${counted(gaps, 'gap')}.`,
    );
    this.#showLegend();
  }

  #fillTable(): void {
    const window = this.#chart.window;
    const details = this.element.querySelector<HTMLDetailsElement>('.as-table');
    if (window === undefined || details?.open !== true) return;
    const heads = ['Open time', 'Open', 'High', 'Low', 'Close', 'Volume'];
    const rows: HTMLElement[] = [];
    for (let bar = 0; bar < window.time.length && rows.length < 200; bar++) {
      const time = window.time[bar]!;
      if (time < this.#view.from || time >= this.#view.to || Number.isNaN(window.open[bar]!)) continue;
      const values = [window.open, window.high, window.low, window.close, window.volume].map((column) => column[bar]!);
      rows.push(
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, this.#zone.moment(time)),
          ...values.map((value) => h('td', {}, String(value))),
        ),
      );
    }
    this.#table.replaceChildren(
      h('caption', {}, `The first ${counted(rows.length, 'bar')} in view, ${this.#drawn}`),
      h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, ...rows),
    );
  }
}
