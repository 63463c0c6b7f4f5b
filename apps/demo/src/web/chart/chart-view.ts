import { type Interval, utcDay } from '@vision-cache/cache-keys';
import type { EntrySummary, Series, Setup } from '../../contract/api.ts';
import { barMilliseconds, drawnInterval } from '../../bars/level-of-detail.ts';
import type { BarCount } from '../../bars/count-bars.ts';
import { unfinishedCandles } from '../../bars/unfinished.ts';
import { clampViewport, pan, type Viewport, zoom } from '../../bars/viewport.ts';
import type { LiveEvents } from '../page/live-events.ts';
import { CoverageBook } from '../coverage/coverage-book.ts';
import { openBook } from '../coverage/open-book.ts';
import { h, setText } from '../page/dom.ts';
import type { Notices } from '../page/notices.ts';
import { counted } from '../page/numbers.ts';
import type { ZoneFormat } from '../page/time-zone.ts';
import { BarLoader } from '../worker/bar-loader.ts';
import { bandsOf } from './bands.ts';
import { type BarUnderPointer, CandleChart } from './candle-chart.ts';
import { chartFrame, spanButtons, stageElement } from './chart-frame.ts';
import { entriesToLoad, hasClosedSince, MOST_BARS_IN_VIEW } from './entries-to-load.ts';
import { FetchBar } from './fetch-bar.ts';
import { listenForGestures } from './gestures.ts';
import { Legend } from './legend.ts';
import { Overview } from './overview.ts';
import { palette } from '../page/palette.ts';
import { BarsTable } from './bars-table.ts';
import { pendingSpans } from './pending.ts';
import { countText, gapSentence, gapsInView } from './view-text.ts';

const DAY = 86_400_000;
/** The chart holds this much beside the view, in widths of it, so that a quick hand sees no edge. */
const MARGIN = 1;
/** A mark for whoever measures, at the first draw with bars. */
const FIRST_CANDLES = 'first-candles';
/** The coverage of the whole range is asked for after the view's entries. */
const REST_OF_COVERAGE_MILLISECONDS = 700;
/** At most so often the chart is drawn again while days arrive. */
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
  readonly #table = new BarsTable(() => this.#fillTable());
  readonly #onMove: (how: 'chosen' | 'moved') => void;
  #zone: ZoneFormat;
  /** What was chosen. */
  #series: Series;
  /** What is shown: what was chosen before, until its coverage is known. */
  #shown: Series;
  /** What is read for it: the same, or bars of a finer interval that is held. */
  #book: CoverageBook;
  #view: Viewport;
  /** What will be in view once the turning that was asked for last is done; at other times what is. */
  #heading: Viewport;
  #drawn: Interval;
  #frame = 0;
  #asking = false;
  /** How many answers about entries are being waited for: until they are there, what is told may be out of date. */
  #turning = 0;
  #loading = 0;
  #counted: (BarCount & { readonly of: Viewport }) | undefined;
  #stale = true;
  #drawnAt = 0;
  #pointer: BarUnderPointer | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;
  /** The last instant that could be had when it was looked for, live. */
  #followed: number;

  /** @param onMove told of a view that was chosen by a button, and of one that was moved by hand */
  constructor(
    setup: Setup,
    events: LiveEvents,
    notices: Notices,
    zone: ZoneFormat,
    on: { moved(how: 'chosen' | 'moved'): void; unknownSymbol(): void },
  ) {
    this.#onMove = (how) => on.moved(how);
    this.#setup = setup;
    this.#notices = notices;
    this.#zone = zone;
    this.#series = this.#shown = setup.start;
    this.#drawn = setup.start.interval;
    this.#view = this.#heading = setup.start;
    this.#book = new CoverageBook(setup.start, setup);
    this.#overview = new Overview(palette(), (time) => {
      const half = (this.#view.to - this.#view.from) / 2;
      this.look({ from: time - half, to: time + half });
    });
    const stage = stageElement();
    this.#fetchBar = new FetchBar(setup.start, events, notices, {
      mayFetch: setup.mode !== 'offline',
      unknownSymbol: () => on.unknownSymbol(),
    });
    this.element = chartFrame({
      tools: [spanButtons((days) => this.#span(days)), h('label', { class: 'check' }, this.#origins, 'Colour by source'), this.#status],
      stage: [stage, this.#legend.element],
      below: [this.#overview.element, this.#fetchBar.element, this.#table.element, this.#spoken],
    }); // prettier-ignore
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

  get series(): Series {
    return this.#series;
  }

  get view(): Viewport {
    return this.#view;
  }

  /** The entries of what is read for the chosen series. */
  get book(): CoverageBook {
    return this.#book;
  }

  /** Turns to a series; the view stays where it is. */
  async turnTo(series: Series, view: Viewport = this.#heading): Promise<void> {
    const { symbol: shown, marketType: shownMarket } = this.#book.series;
    const isOther = series.symbol !== shown || series.marketType !== shownMarket;
    this.#series = series;
    this.#heading = view;
    this.element.classList.add('loading');
    this.#beginTurning();
    try {
      const book = await openBook(series, view, this.#setup, () => this.#series === series);
      if (book === undefined || this.#series !== series) return;
      this.#book = book;
      this.#shown = series;
      this.#counted = undefined;
      if (isOther) {
        this.#pointer = undefined;
        this.#chart.clear();
      }
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
    } catch (error) {
      // What was drawn goes on being shown.
      if (this.#series === series) {
        this.#series = this.#shown;
        this.#heading = this.#view;
      }
      throw error;
    } finally {
      this.element.classList.remove('loading');
      this.#endTurning();
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
    this.#view = this.#heading = clampViewport(
      { from: middle - span / 2, to: middle + span / 2 },
      { first, last, shortest: 12 * bar },
    );
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
    this.#onMove('chosen');
  }

  #refresh(): void {
    this.#stale = true;
    this.#invalidate();
  }

  #invalidate(): void {
    this.element.setAttribute('aria-busy', 'true');
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
      const pending = pendingSpans(this.#book.all(), this.#loader.loaded, this.#setup.last);
      this.#chart.draw(window, end, unfinishedCandles(window.time, end, pending));
      this.#chart.show(this.#view);
      this.#showLegend();
      if (this.#chart.hasBars && performance.getEntriesByName(FIRST_CANDLES).length === 0)
        performance.mark(FIRST_CANDLES);
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
    const { inView, wanted, loading } = entriesToLoad(this.#book, this.#view, this.#loader.loaded);
    this.#loader.load(wanted);
    this.#loading = loading;
    this.element.classList.toggle('chart-loading', this.#loading > 0);
    const { mode, last } = this.#setup;
    const isBehind = (entry: EntrySummary): boolean =>
      mode === 'live' && hasClosedSince(entry, this.#book.series.interval, last);
    this.#fetchBar.offer(inView.filter((entry) => entry.state === 'unasked' || isBehind(entry)));
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
    this.#beginTurning();
    try {
      if (first !== undefined && last !== undefined) await this.#book.refresh(first.from, last.to);
    } finally {
      this.#endTurning();
    }
  }

  #mark(): void {
    this.#chart.mark(bandsOf(this.#book.all(), { origins: this.#origins.checked }));
  }

  #showLegend(): void {
    const bar = this.#pointer ?? this.#chart.lastInView();
    const entries = bar === undefined ? [] : this.#book.between(bar.time, bar.end);
    const { last } = this.#setup;
    this.#legend.show(
      bar,
      { entries, basis: this.#book.series.interval, loaded: this.#loader.loaded, last },
      this.#zone,
    );
  }

  /** Counts what is in view, and tells of it. */
  #tell(): void {
    const of = this.#view;
    this.#showLegend();
    this.#loader.count(this.#series.interval, of, (counted) => {
      this.#counted = { ...counted, of };
      this.#tellCounted();
      this.#tellReady();
    });
    this.#fillTable();
    // While it turns to another series, what is drawn is not what the address is of.
    if (this.#turning === 0) this.#onMove('moved');
  }

  #beginTurning(): void {
    this.#turning++;
    this.element.setAttribute('aria-busy', 'true');
  }

  #endTurning(): void {
    this.#turning--;
    this.#refresh();
  }

  /** Says that the view is ready once everything is drawn, loaded and counted as it was asked for last. */
  #tellReady(): void {
    const isDrawn = !this.#stale && !this.#asking && this.#frame === 0;
    const isLoaded = this.#turning === 0 && this.#loading === 0 && this.#settling === undefined;
    if (isDrawn && isLoaded && this.#counted?.of === this.#view) this.element.setAttribute('aria-busy', 'false');
  }

  #tellCounted(): void {
    if (this.#counted === undefined) return;
    const { bars, rows, of } = this.#counted;
    const { symbol, interval: chosen } = this.#series;
    const { from, to } = of;
    const gaps = gapsInView(this.#book.between(from, to), of, this.#setup.last);
    const text = countText({
      bars, rows, chosen, basis: this.#book.series.interval, drawn: this.#drawn, candles: this.#chart.candlesInView(),
      gaps, loading: this.#loading, unit: this.#book.isMonthly ? 'month' : 'day',
    }); // prettier-ignore
    setText(this.#status, `${this.#zone.moment(from)} – ${this.#zone.moment(to)} ${this.#zone.label(to)} · ${text}`);
    this.#fetchBar.tell(this.#loading > 0 ? undefined : gapSentence(gaps, bars));
    setText(
      this.#spoken,
      `${symbol} ${chosen}, ${utcDay(Math.floor(from))} to ${utcDay(Math.floor(to))}: ${counted(bars, 'bar')}, ${counted(gaps.length, 'gap')}.`,
    );
  }

  #fillTable(): void {
    this.#table.show(this.#chart.window, this.#view, this.#drawn, this.#zone);
  }
}
