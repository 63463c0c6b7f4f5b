import { h } from '../page/dom.ts';

const SPANS: readonly (readonly [string, number])[] = [['1D', 1], ['1W', 7], ['1M', 30], ['3M', 91], ['1Y', 365], ['All', Infinity]]; // prettier-ignore
const KEYS =
  'Left and right arrows move in time, with shift by half a width. Up and down arrows or plus and minus zoom. Page up and page down move by a width. Home and End go to the first and the last bar.';

/** Where the candles are drawn, for hands and for keys. */
export const stageElement = (): HTMLElement =>
  h('div', {
    class: 'stage', tabindex: 0, role: 'application', 'aria-roledescription': 'chart', 'aria-describedby': 'chart-keys',
    'aria-label': 'Candles and volume',
  }); // prettier-ignore

/** Buttons for spans, in days; `Infinity` is everything. */
export const spanButtons = (choose: (days: number) => void): HTMLElement =>
  h(
    'div',
    { class: 'spans', role: 'group', 'aria-label': 'Span in view' },
    ...SPANS.map(([title, days]) => h('button', { type: 'button', class: 'span', onclick: () => choose(days) }, title)),
  );

/** The section of the page that holds the chart. Its `aria-busy` is `false` while everything in it is up to date. */
export const chartFrame = (parts: Record<'tools' | 'stage' | 'below', readonly HTMLElement[]>): HTMLElement =>
  h(
    'section',
    { class: 'view chart-view', id: 'view-chart', 'aria-label': 'Chart', 'aria-busy': 'true' },
    h('div', { class: 'chart-tools' }, ...parts.tools),
    h('div', { class: 'stage-frame' }, ...parts.stage),
    ...parts.below,
    h('p', { class: 'sr-only', id: 'chart-keys' }, KEYS),
  );
