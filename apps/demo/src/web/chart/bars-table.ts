import type { Interval } from '@vision-cache/cache-keys';
import type { BarWindow } from '../../bars/aggregate.ts';
import type { Viewport } from '../../bars/viewport.ts';
import { h } from '../page/dom.ts';
import { counted, exactText } from '../page/numbers.ts';
import type { ZoneFormat } from '../page/time-zone.ts';

const HEADS = ['Open time', 'Open', 'High', 'Low', 'Close', 'Volume'];
const MOST_ROWS = 200;

/** The bars in view as a table, for those who do not see the chart. It is filled while it is open. */
export class BarsTable {
  readonly element: HTMLDetailsElement;
  readonly #table = h('table');

  constructor(fill: () => void) {
    this.element = h(
      'details',
      { class: 'as-table', ontoggle: fill },
      h('summary', {}, 'The bars in view as a table'),
      h('div', { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Bars in view' }, this.#table),
    );
  }

  show(window: BarWindow | undefined, { from, to }: Viewport, drawn: Interval, zone: ZoneFormat): void {
    if (!this.element.open) return;
    const rows: HTMLElement[] = [];
    for (let bar = 0; window !== undefined && bar < window.time.length && rows.length < MOST_ROWS; bar++) {
      const time = window.time[bar]!;
      if (time < from || time >= to || window.rows[bar] === 0) continue;
      const values = [window.open, window.high, window.low, window.close, window.volume].map((column) => column[bar]!);
      rows.push(
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, zone.moment(time)),
          ...values.map((value) => h('td', {}, exactText(value))),
        ),
      );
    }
    this.#table.replaceChildren(
      h('caption', {}, `The first ${counted(rows.length, 'bar')} in view, ${drawn}`),
      h('thead', {}, h('tr', {}, ...HEADS.map((head) => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, ...rows),
    );
  }
}
