import type { Interval, MarketType } from '@vision-cache/cache-keys';
import type { Market, Series } from '../../contract/api.ts';
import { h } from '../page/dom.ts';
import { hintAtScroll } from '../page/scroll-hint.ts';

/** Market, symbol and interval, shared by the chart and the calendar. */
export class SelectionBar {
  readonly element: HTMLElement;
  readonly #markets: readonly Market[];
  readonly #market: HTMLSelectElement;
  readonly #symbol: HTMLInputElement;
  readonly #symbols = h('datalist', { id: 'symbols' });
  readonly #intervals = h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'Interval' });
  readonly #onChange: (series: Series) => void;
  #series: Series;

  constructor(markets: readonly Market[], series: Series, onChange: (series: Series) => void) {
    this.#markets = markets;
    this.#series = series;
    this.#onChange = onChange;
    this.#market = h(
      'select',
      { id: 'market', onchange: () => this.#turnToMarket(this.#market.value as MarketType) },
      ...markets.map(({ marketType, title }) => h('option', { value: marketType }, title)),
    );
    this.#symbol = h('input', {
      id: 'symbol', list: 'symbols', autocomplete: 'off', spellcheck: 'false',
      onchange: () => this.#choose({ symbol: this.#symbol.value.trim().toUpperCase() }),
      onfocus: () => this.#symbol.select(),
    }); // prettier-ignore
    this.element = h(
      'div',
      { class: 'selection' },
      h('label', { class: 'field' }, h('span', {}, 'Market'), this.#market),
      h('label', { class: 'field' }, h('span', {}, 'Symbol'), this.#symbol),
      this.#symbols,
      h('div', { class: 'field field-wide' }, h('span', { 'aria-hidden': 'true' }, 'Interval'), this.#intervals),
    );
    hintAtScroll(this.#intervals);
    this.show(series);
  }

  show(series: Series): void {
    this.#series = series;
    const market = this.#offered(series.marketType);
    this.#market.value = series.marketType;
    this.#symbol.value = series.symbol;
    this.#symbol.size = Math.min(Math.max(series.symbol.length + 1, 12), 28);
    this.#symbol.title = series.symbol;
    this.#symbols.replaceChildren(...market.symbols.map((symbol) => h('option', { value: symbol })));
    this.#intervals.replaceChildren(
      ...market.intervals.map((interval) =>
        h(
          'label',
          { class: 'segment' },
          h('input', {
            type: 'radio', name: 'interval', value: interval, checked: interval === series.interval,
            onchange: () => this.#choose({ interval }),
          }), // prettier-ignore
          h('span', {}, interval),
        ),
      ),
    );
  }

  #offered(marketType: MarketType): Market {
    return this.#markets.find((market) => market.marketType === marketType) ?? this.#markets[0]!;
  }

  #turnToMarket(marketType: MarketType): void {
    const { symbols, intervals } = this.#offered(marketType);
    const keep = <T>(value: T, among: readonly T[]): T => (among.includes(value) ? value : among[0]!);
    this.#choose({
      marketType,
      symbol: keep(this.#series.symbol, symbols),
      interval: keep<Interval>(this.#series.interval, intervals),
    });
  }

  #choose(part: Partial<Series>): void {
    this.show({ ...this.#series, ...part });
    this.#onChange(this.#series);
  }
}
