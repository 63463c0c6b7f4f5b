import type { Series, Setup } from '../contract/api.ts';
import { ActivityPanel } from './activity/activity-panel.ts';
import { LiveEvents } from './page/live-events.ts';
import { ask, sentenceOf } from './page/ask.ts';
import { ChartView } from './chart/chart-view.ts';
import { CoverageView } from './calendar/coverage-view.ts';
import { h } from './page/dom.ts';
import { MigrationPage } from './migration/migration-view.ts';
import { Notices } from './page/notices.ts';
import { pageHead, recallTheme, type ViewName } from './head/page-head.ts';
import { SelectionBar } from './head/selection-bar.ts';
import { zoneFormat } from './page/time-zone.ts';

recallTheme();
const app = document.querySelector('#app')!;
const notices = new Notices();

function startPage(setup: Setup): void {
  let series: Series = seriesOf(setup.start);
  let zone = zoneFormat('UTC');
  const events = new LiveEvents();
  const chart = new ChartView(setup, events, notices, zone);
  const coverage = new CoverageView(setup, events, notices, zone, (entry) => {
    const room = (entry.to - entry.from) * 0.2;
    chart.look({ from: entry.from - room, to: entry.to + room });
    head.turnTo('chart');
  });
  const migration = new MigrationPage(events, notices, setup.hasSample);
  const account = new ActivityPanel(events, zone);
  const selection = new SelectionBar(setup.markets, series, (chosen) => {
    series = chosen;
    void notices.attempt(() => chart.turnTo(series));
    if (!coverage.element.hidden) void notices.attempt(() => coverage.turnTo(series));
  });
  const head = pageHead(setup, {
    view: (name) => showView(name),
    zone: (name) => {
      zone = zoneFormat(name);
      for (const part of [chart, coverage, account]) part.turnToZone(zone);
    },
    theme: () => chart.paint(),
  });

  function showView(name: ViewName): void {
    chart.element.hidden = name !== 'chart';
    coverage.element.hidden = name !== 'coverage';
    migration.element.hidden = name !== 'migration';
    selection.element.hidden = name === 'migration';
    if (name === 'coverage') void notices.attempt(() => coverage.turnTo(series));
    if (name === 'migration') void notices.attempt(() => migration.open());
  }

  app.replaceChildren(
    head.element,
    notices.element,
    h('main', { id: 'main', tabindex: -1 }, h('h1', { class: 'sr-only' }, 'vision-cache: see the cache work'), h('div', { class: 'content' }, selection.element, chart.element, coverage.element, migration.element), account.element),
    h('footer', { class: 'foot' }, h('span', {}, `Cache: ${setup.cache}`), h('span', {}, 'Charts drawn with ', h('a', { href: 'https://www.tradingview.com/', rel: 'noreferrer' }, 'TradingView Lightweight Charts™'))),
  ); // prettier-ignore
  events.open();
  if (setup.notice !== undefined) notices.show(setup.notice);
  head.turnTo('chart');
  void notices.attempt(() => chart.turnTo(series, setup.start));
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
