import type { EntryState, EntrySummary, Series, Setup } from '../../contract/api.ts';
import type { LiveEvents } from '../page/live-events.ts';
import { kindName, ORIGIN_NAMES, STATE_NAMES } from '../page/palette.ts';
import { h, setText } from '../page/dom.ts';
import { hintAtScroll } from '../page/scroll-hint.ts';
import type { Notices } from '../page/notices.ts';
import { count, counted } from '../page/numbers.ts';
import type { ZoneFormat } from '../page/time-zone.ts';
import { CoverageBook } from '../coverage/coverage-book.ts';
import type { EntryPanel } from './entry-panel.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const STATES: readonly EntryState[] = ['complete', 'gaps', 'partial', 'degraded', 'absent', 'unasked'];

/** A calendar of what the cache holds of one series, a cell for each entry, years from the newest on. */
export class CoverageView {
  readonly element: HTMLElement;
  readonly #setup: Setup;
  readonly #notices: Notices;
  readonly #panel: EntryPanel;
  readonly #years = h('div', { class: 'years' });
  readonly #summary = h('p', { class: 'coverage-summary', role: 'status' });
  #book: CoverageBook;
  #chosen: string | undefined;

  /** @param panel where an entry that is chosen is told of */
  constructor(setup: Setup, events: LiveEvents, notices: Notices, panel: EntryPanel) {
    this.#setup = setup;
    this.#notices = notices;
    this.#book = new CoverageBook(setup.start, setup);
    this.#panel = panel;
    this.element = h(
      'section',
      { class: 'view coverage-view', id: 'view-coverage', 'aria-label': 'Coverage', hidden: true },
      h(
        'div',
        { class: 'coverage-main' },
        h(
          'div',
          { class: 'coverage-head' },
          this.#summary,
          h('p', { class: 'scroll-note muted' }, 'Swipe a year sideways to see all of it.'),
          h('ul', { class: 'key', 'aria-label': 'What the colours mean' }, ...STATES.map((state) => h('li', {}, h('span', { class: `cell cell-${state}`, 'aria-hidden': 'true' }), STATE_NAMES[state]))),
        ),
        this.#years,
      ),
      this.#panel.element,
    ); // prettier-ignore
    this.#years.addEventListener('keydown', (event) => this.#walk(event));
    events.on('changed', () => {
      if (!this.element.hidden) void notices.attempt(() => this.refresh());
    });
  }

  async turnTo(series: Series): Promise<void> {
    this.#book = new CoverageBook(series, this.#setup);
    this.#chosen = undefined;
    this.#panel.close();
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const book = this.#book;
    await book.refresh();
    if (book === this.#book) this.#draw();
  }

  turnToZone(zone: ZoneFormat): void {
    this.#panel.turnToZone(zone);
  }

  #draw(): void {
    const entries = this.#book.all();
    const byState = new Map<EntryState, number>();
    for (const { state } of entries) byState.set(state, (byState.get(state) ?? 0) + 1);
    const monthly = entries[0]?.date.length === 7;
    const told = STATES.filter((state) => byState.has(state)).map(
      (state) => `${count(byState.get(state)!)} ${STATE_NAMES[state].toLowerCase()}`,
    );
    setText(this.#summary, `${counted(entries.length, monthly ? 'month' : 'day')}: ${told.join(', ')}.`);
    const years = new Map<string, EntrySummary[]>();
    for (const entry of entries) {
      const year = entry.date.slice(0, 4);
      const there = years.get(year);
      if (there === undefined) years.set(year, [entry]);
      else there.push(entry);
    }
    const focused = document.activeElement instanceof HTMLElement && this.#years.contains(document.activeElement);
    this.#years.replaceChildren(...[...years].reverse().map(([year, of]) => this.#year(year, of)));
    const current =
      this.#cell(this.#chosen) ??
      this.#years.querySelector<HTMLElement>('button.cell:not(.cell-unasked)') ??
      this.#years.querySelector<HTMLElement>('button.cell');
    current?.setAttribute('tabindex', '0');
    for (const scroll of this.#years.querySelectorAll<HTMLElement>('.weeks-scroll')) {
      hintAtScroll(scroll);
      const newest = [...scroll.querySelectorAll<HTMLElement>('button.cell:not(.cell-unasked)')].at(-1);
      if (newest !== undefined) scroll.scrollLeft = newest.offsetLeft + newest.offsetWidth + 24 - scroll.clientWidth;
    }
    if (focused) current?.focus();
    if (this.#chosen !== undefined) {
      const entry = entries.find(({ date }) => date === this.#chosen);
      if (entry !== undefined) void this.#notices.attempt(() => this.#panel.show(this.#book.series, entry));
    }
  }

  #year(year: string, entries: readonly EntrySummary[]): HTMLElement {
    const monthly = entries[0]?.date.length === 7;
    const cells = entries.map((entry) => this.#button(entry, monthly));
    const held = entries.filter(({ origin }) => origin !== undefined).length;
    return h(
      'section',
      { class: 'year', 'aria-label': `${year}: ${count(held)} of ${count(entries.length)} held` },
      h('h2', {}, year, h('span', { class: 'muted' }, `${count(held)} of ${count(entries.length)} held`)),
      monthly
        ? h('div', { class: 'months' }, ...cells)
        : h('div', { class: 'weeks-frame', tabindex: -1 }, h('div', { class: 'weekdays', 'aria-hidden': 'true' }, ...WEEKDAYS.map((day, index) => h('span', {}, index % 2 === 0 ? day : ''))), h('div', { class: 'weeks-scroll' }, monthHeads(year), h('div', { class: 'weeks' }, ...cells))),
    ); // prettier-ignore
  }

  #button(entry: EntrySummary, monthly: boolean): HTMLElement {
    const { date, state, gaps, origin, reason, rows, expectedRows } = entry;
    const told = [
      date,
      STATE_NAMES[state].toLowerCase(),
      rows === undefined
        ? undefined
        : rows === expectedRows
          ? counted(rows, 'row')
          : `${count(rows)} of ${counted(expectedRows, 'row')}`,
      origin === undefined ? undefined : `from ${ORIGIN_NAMES[origin]}`,
      gaps.length === 0
        ? undefined
        : `${counted(gaps.length, 'gap')} (${[...new Set(gaps.map(({ kind }) => kindName(kind)))].join(', ')})`,
      reason,
    ].filter((part) => part !== undefined);
    const cell = h('button', {
      type: 'button', class: `cell cell-${state}`, tabindex: -1, 'data-date': date,
      'aria-label': told.join(', '), title: told.join(', '), 'aria-pressed': date === this.#chosen ? 'true' : 'false',
      onclick: () => this.#choose(entry),
    }); // prettier-ignore
    if (monthly) cell.textContent = MONTHS[Number(date.slice(5)) - 1] ?? '';
    else {
      const day = new Date(entry.from);
      const weekday = (day.getUTCDay() + 6) % 7;
      const newYear = new Date(Date.UTC(day.getUTCFullYear(), 0, 1));
      const week = Math.floor(
        (Math.round((entry.from - newYear.getTime()) / 86_400_000) + ((newYear.getUTCDay() + 6) % 7)) / 7,
      );
      cell.style.gridArea = `${String(weekday + 1)} / ${String(week + 1)}`;
    }
    return cell;
  }

  #choose(entry: EntrySummary): void {
    this.#cell(this.#chosen)?.setAttribute('aria-pressed', 'false');
    for (const other of this.#years.querySelectorAll('[tabindex="0"].cell')) other.setAttribute('tabindex', '-1');
    this.#chosen = entry.date;
    const cell = this.#cell(entry.date);
    cell?.setAttribute('aria-pressed', 'true');
    cell?.setAttribute('tabindex', '0');
    void this.#notices.attempt(() => this.#panel.show(this.#book.series, entry));
  }

  #cell(date: string | undefined): HTMLElement | null {
    return date === undefined ? null : this.#years.querySelector<HTMLElement>(`[data-date="${date}"]`);
  }

  /** One stop for the tab key; arrows go from day to day, up and down within a week. */
  #walk(event: KeyboardEvent): void {
    const from = (event.target as HTMLElement).dataset['date'];
    const entries = this.#book.all();
    const index = entries.findIndex(({ date }) => date === from);
    if (index === -1) return;
    const monthly = from?.length === 7;
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: monthly ? -12 : -1, ArrowDown: monthly ? 12 : 1, ArrowLeft: monthly ? -1 : -7, ArrowRight: monthly ? 1 : 7,
      Home: -index, End: entries.length - 1 - index,
    }; // prettier-ignore
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = this.#cell(entries[Math.min(entries.length - 1, Math.max(0, index + step))]?.date);
    (event.target as HTMLElement).setAttribute('tabindex', '-1');
    next?.setAttribute('tabindex', '0');
    next?.focus();
  }
}

/** The months' names above the week in which they begin. */
function monthHeads(year: string): HTMLElement {
  const newYear = new Date(Date.UTC(Number(year), 0, 1));
  const heads = MONTHS.map((month, index) => {
    const days = Math.round((Date.UTC(Number(year), index, 1) - newYear.getTime()) / 86_400_000);
    const head = h('span', {}, month);
    head.style.gridColumn = `${String(Math.floor((days + ((newYear.getUTCDay() + 6) % 7)) / 7) + 1)} / span 4`;
    return head;
  });
  return h('div', { class: 'month-heads', 'aria-hidden': 'true' }, ...heads);
}
