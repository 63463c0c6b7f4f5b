import type { EntrySummary } from '../../contract/api.ts';
import { h, setText } from '../page/dom.ts';
import { priceText, volumeText } from '../page/numbers.ts';
import type { ZoneFormat } from '../page/time-zone.ts';
import type { BarUnderPointer } from './candle-chart.ts';
import { kindName, ORIGIN_NAMES } from '../page/palette.ts';

const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;

/** The bar under the pointer in numbers, and where it comes from. */
export class Legend {
  readonly element: HTMLElement;
  readonly #time = h('span', { class: 'legend-time' });
  readonly #values = new Map(FIELDS.map((field) => [field, h('span', { class: 'legend-value' })]));
  readonly #origin = h('span', { class: 'legend-origin' });

  constructor() {
    this.element = h(
      'div',
      { class: 'legend', 'aria-hidden': 'true' },
      this.#time,
      ...FIELDS.map((field) =>
        h('span', { class: 'legend-field' }, field[0]!.toUpperCase(), ' ', this.#values.get(field)),
      ),
      this.#origin,
    );
  }

  show(bar: BarUnderPointer | undefined, entry: EntrySummary | undefined, zone: ZoneFormat): void {
    setText(this.#time, bar === undefined ? '' : `${zone.moment(bar.time)} ${zone.label(bar.time)}`);
    const empty = bar === undefined || Number.isNaN(bar.open);
    for (const [field, element] of this.#values) {
      setText(element, empty ? '–' : field === 'volume' ? volumeText(bar.volume) : priceText(bar[field]));
    }
    this.element.classList.toggle('legend-up', !empty && bar.close >= bar.open);
    this.element.classList.toggle('legend-down', !empty && bar.close < bar.open);
    setText(this.#origin, bar === undefined || entry === undefined ? '' : originText(bar, entry, empty));
    this.#origin.className = `legend-origin${entry?.origin === undefined || empty ? '' : ` origin-${entry.origin}`}`;
  }
}

function originText({ time }: BarUnderPointer, { gaps, origin, reason, state }: EntrySummary, empty: boolean): string {
  if (!empty) return origin === undefined ? '' : `from ${ORIGIN_NAMES[origin]}`;
  const gap = gaps.find(({ from, to }) => time >= from && time < to);
  if (gap !== undefined) return `gap: ${kindName(gap.kind)}${gap.evidence === undefined ? '' : `, ${gap.evidence}`}`;
  if (state === 'absent') return `absent${reason === undefined ? '' : `: ${reason}`}`;
  return state === 'unasked' ? 'not in the cache' : 'no bar';
}
