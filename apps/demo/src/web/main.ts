import type { Series, Setup } from '../contract/api.ts';
import type { Viewport } from '../bars/viewport.ts';
import { ActivityPanel } from './activity/activity-panel.ts';
import { LiveEvents } from './page/live-events.ts';
import { ask, sentenceOf } from './page/ask.ts';
import { ChartView } from './chart/chart-view.ts';
import { CoverageView } from './calendar/coverage-view.ts';
import { EntryPanel } from './calendar/entry-panel.ts';
import { h } from './page/dom.ts';
import { MigrationPage } from './migration/migration-view.ts';
import { Notices } from './page/notices.ts';
import { addressOf, readAddress, type ViewName } from '../address/page-address.ts';
import { pageHead, recallTheme } from './head/page-head.ts';
import { SelectionBar } from './head/selection-bar.ts';
import { zoneFormat } from './page/time-zone.ts';

recallTheme();
const app = document.querySelector('#app')!;
const notices = new Notices();

/** Moves of a hand are written into the address once it rests. */
const ADDRESS_REST_MILLISECONDS = 300;

function startPage(setup: Setup): void {
  let state = readAddress(location.search, setup);
  /** What was shown before the last change of series: shown again where no exchange knows the new symbol. */
  let former: Series = seriesOf(setup.start);
  let resting: number | undefined;
  const events = new LiveEvents();
  const zone = zoneFormat(state.zone);
  const chart = new ChartView(setup, events, notices, zone, {
    moved: (how) => {
      if (how === 'chosen') {
        note('push');
        return;
      }
      stopResting();
      resting = window.setTimeout(() => note('replace'), ADDRESS_REST_MILLISECONDS);
    },
    unknownSymbol: () => void notices.attempt(() => turnToSeries(former)),
  });
  const entryPanel = new EntryPanel(setup, events, notices, zone, (entry) => {
    const room = (entry.to - entry.from) * 0.2;
    chart.look({ from: entry.from - room, to: entry.to + room });
    turnToView('chart');
  });
  const coverage = new CoverageView(setup, events, notices, entryPanel);
  const migration = new MigrationPage(events, notices, setup.hasSample);
  const activity = new ActivityPanel(events, zone, notices);
  const selection = new SelectionBar(setup.markets, state.series, (chosen) => {
    void notices.attempt(() => turnToSeries(chosen));
  });
  const head = pageHead(setup, {
    view: (name) => turnToView(name),
    zone: (name) => {
      noteMove();
      showZone(name);
      note('push');
    },
    theme: () => chart.paint(),
  });

  function stopResting(): void {
    clearTimeout(resting);
    resting = undefined;
  }

  /** Writes a move that has not rested yet into the address that Back leads to, before there is another one. */
  function noteMove(): void {
    if (resting !== undefined) note('replace');
  }

  /** Writes what is shown into the address. */
  function note(how: 'push' | 'replace'): void {
    stopResting();
    state = { ...state, span: chart.view };
    const address = addressOf(state, location.search);
    if (address === location.search) return;
    if (how === 'push') history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  }

  function turnToView(name: ViewName): void {
    noteMove();
    showView(name);
    note('push');
  }

  async function turnToSeries(chosen: Series): Promise<void> {
    noteMove();
    await showSeries(chosen);
    note('push');
  }

  async function showSeries(chosen: Series, span?: Viewport): Promise<void> {
    try {
      await chart.turnTo(chosen, span);
      if (chart.series !== chosen) return;
      if (chosen.symbol !== state.series.symbol || chosen.marketType !== state.series.marketType) former = state.series;
      state = { ...state, series: chosen };
      if (state.view === 'coverage') await coverage.turnTo(chosen);
    } finally {
      // Where it was refused, the box says again what is shown.
      selection.show(chart.series);
    }
  }

  function showZone(name: string): void {
    state = { ...state, zone: name };
    head.show(state.view, name);
    for (const part of [chart, coverage, activity]) part.turnToZone(zoneFormat(name));
  }

  function showView(name: ViewName): void {
    state = { ...state, view: name };
    head.show(name, state.zone);
    chart.element.hidden = name !== 'chart';
    coverage.element.hidden = name !== 'coverage';
    migration.element.hidden = name !== 'migration';
    selection.element.hidden = name === 'migration';
    if (name === 'coverage') void notices.attempt(() => coverage.turnTo(state.series));
    if (name === 'migration') void notices.attempt(() => migration.open());
  }

  app.replaceChildren(
    head.element,
    h('main', { id: 'main', tabindex: -1 }, h('h1', { class: 'sr-only' }, 'vision-cache: see the cache work'), h('div', { class: 'content' }, notices.element, selection.element, chart.element, coverage.element, migration.element), activity.element),
    h('footer', { class: 'foot' }, h('span', {}, `Cache: ${setup.cache}`), h('span', {}, 'Charts drawn with ', h('a', { href: 'https://www.tradingview.com/', rel: 'noreferrer' }, 'TradingView Lightweight Charts™'))),
  ); // prettier-ignore
  events.open();
  if (setup.notice !== undefined) notices.stand('setup', setup.notice);
  showView(state.view);
  const { series, span } = state;
  state = { ...state, series: seriesOf(setup.start) };
  // A link may name what this cache's server refuses: then the page begins as without one.
  void notices.attempt(() => showSeries(series, span).catch((error: unknown) => {
    void notices.attempt(() => showSeries(seriesOf(setup.start), setup.start));
    throw error;
  })); // prettier-ignore
  window.addEventListener('popstate', () => {
    stopResting();
    const { view, series: before, span: at, zone: name } = readAddress(location.search, setup);
    showZone(name);
    if (view !== state.view) showView(view);
    void notices.attempt(() => showSeries(before, at));
  });
}

function seriesOf({ marketType, symbol, interval }: Series): Series {
  return { marketType, symbol, interval };
}

/** Live, the end of what can be had moves on with the clock: the server's, whatever this machine's says. */
function movingOn(setup: Setup): Setup {
  if (setup.mode !== 'live') return setup;
  const told = performance.now();
  const { last, start } = setup;
  // The server may have been started days ago.
  const moved = { ...setup, start: { ...start, from: start.from + last - start.to, to: last } };
  return Object.defineProperty(moved, 'last', { get: () => last + (performance.now() - told) });
}

try {
  startPage(movingOn(await ask<Setup>('/api/setup')));
} catch (error) {
  notices.show(sentenceOf(error));
  app.replaceChildren(notices.element);
}
