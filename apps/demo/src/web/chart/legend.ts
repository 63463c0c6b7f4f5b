import { barCount, type Interval } from '@vision-cache/cache-keys';
import type { EntrySummary, Gap } from '../../contract/api.ts';
import { h, setText } from '../page/dom.ts';
import { count, counted, priceText, volumeText } from '../page/numbers.ts';
import { kindName, ORIGIN_NAMES } from '../page/palette.ts';
import type { ZoneFormat } from '../page/time-zone.ts';
import type { BarUnderPointer } from './candle-chart.ts';
import { gapsTouching } from './view-text.ts';

const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;
const MOST_GAPS = 2;

/** What a candle is made of. */
export interface CandleContents {
  /** The entries that it touches, in order. */
  readonly entries: readonly EntrySummary[];
  /** Interval of the stored bars. */
  readonly basis: Interval;
  readonly loaded: ReadonlySet<string>;
  /** Nothing after it is over. */
  readonly last: number;
}

/** The candle under the pointer in numbers, where its bars come from, and what it lacks and why. */
export class Legend {
  readonly element: HTMLElement;
  readonly #time = h('span', { class: 'legend-time' });
  readonly #values = new Map(FIELDS.map((field) => [field, h('span', { class: 'legend-value' })]));
  readonly #origin = h('span', { class: 'legend-origin' });
  readonly #lacks = h('span', { class: 'legend-lacks' });

  constructor() {
    this.element = h(
      'div',
      { class: 'legend', 'aria-hidden': 'true' },
      this.#time,
      ...FIELDS.map((field) =>
        h('span', { class: 'legend-field' }, field[0]!.toUpperCase(), ' ', this.#values.get(field)),
      ),
      this.#origin,
      this.#lacks,
    );
  }

  show(bar: BarUnderPointer | undefined, contents: CandleContents, zone: ZoneFormat): void {
    setText(this.#time, bar === undefined ? '' : `${zone.moment(bar.time)} ${zone.label(bar.time)}`);
    const empty = bar === undefined || bar.rows === 0;
    for (const [field, element] of this.#values) {
      setText(element, empty ? '–' : field === 'volume' ? volumeText(bar.volume) : priceText(bar[field]));
    }
    this.element.classList.toggle('legend-up', !empty && bar.close >= bar.open);
    this.element.classList.toggle('legend-down', !empty && bar.close < bar.open);
    const origins = empty ? [] : originsOf(contents.entries);
    setText(
      this.#origin,
      origins.length === 0 ? '' : `from ${origins.map((origin) => ORIGIN_NAMES[origin]).join(' and ')}`,
    );
    this.#origin.className = `legend-origin${origins.length === 1 ? ` origin-${origins[0]!}` : ''}`;
    setText(this.#lacks, bar === undefined ? '' : lacksText(bar, contents, zone));
  }
}

const originsOf = (entries: readonly EntrySummary[]) => [
  ...new Set(entries.map(({ origin }) => origin).filter((origin) => origin !== undefined)),
];

function lacksText(bar: BarUnderPointer, { entries, basis, loaded, last }: CandleContents, zone: ZoneFormat): string {
  const parts: string[] = [];
  const expected = barCount(
    basis,
    BigInt(bar.time) * 1000n,
    BigInt(Math.min(bar.end, Math.max(last, bar.time))) * 1000n,
  );
  if (bar.rows > 0 && bar.rows < expected) parts.push(`${count(bar.rows)} of ${counted(expected, 'bar')}`);
  if (bar.rows > 0 && bar.unfinished) {
    const loading = entries.some(({ date, origin }) => origin !== undefined && !loaded.has(date));
    parts.push(
      loading
        ? 'unfinished, loading…'
        : bar.end > last
          ? 'unfinished: it has not ended'
          : 'unfinished: not all is in the cache',
    );
  }
  const gaps = gapsTouching(entries, { from: bar.time, to: bar.end }, last);
  parts.push(...gaps.slice(0, MOST_GAPS).map((gap) => gapText(gap, zone)));
  const more = gaps.length - MOST_GAPS;
  if (more > 0) parts.push(`${count(more)} more ${more === 1 ? 'gap' : 'gaps'}`);
  if (bar.rows === 0 && gaps.length === 0) parts.push(emptyText(entries));
  return parts.join('; ');
}

const gapText = ({ from, to, kind, evidence }: Gap, zone: ZoneFormat): string =>
  `gap: ${kindName(kind)}, ${zone.moment(from).slice(5)} – ${zone.moment(to).slice(5)}${evidence === undefined ? '' : `, ${evidence}`}`;

function emptyText(entries: readonly EntrySummary[]): string {
  const absent = entries.find(({ state }) => state === 'absent');
  if (absent !== undefined) return `absent${absent.reason === undefined ? '' : `: ${absent.reason}`}`;
  return entries.some(({ state }) => state !== 'unasked') ? 'no bar' : 'not in the cache';
}
