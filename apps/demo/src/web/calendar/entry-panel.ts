import type { EntryDetails, EntrySummary, Series, Setup, Verification } from '../../contract/api.ts';
import type { LiveEvents } from '../page/live-events.ts';
import { ask, query } from '../page/ask.ts';
import { kindName, ORIGIN_NAMES, STATE_NAMES } from '../page/palette.ts';
import { h, icon, setText } from '../page/dom.ts';
import type { Notices } from '../page/notices.ts';
import { byteText, count, counted } from '../page/numbers.ts';
import type { ZoneFormat } from '../page/time-zone.ts';

type Fact = readonly [string, string | undefined];

/** Everything that is known of one entry, and what can be done with it. */
export class EntryPanel {
  readonly element = h('aside', { class: 'entry-panel', 'aria-label': 'Entry' });
  readonly #setup: Setup;
  readonly #notices: Notices;
  readonly #lookAt: (entry: EntrySummary) => void;
  #zone: ZoneFormat;
  #series: Series | undefined;
  #entry: EntrySummary | undefined;
  /** What a verification found. Told in its place: whoever is about to press a button finds it where it was. */
  readonly #finding = h('p', { class: 'finding', role: 'status' });

  constructor(
    setup: Setup,
    events: LiveEvents,
    notices: Notices,
    zone: ZoneFormat,
    lookAt: (entry: EntrySummary) => void,
  ) {
    this.#setup = setup;
    this.#notices = notices;
    this.#zone = zone;
    this.#lookAt = lookAt;
    events.on('fetch', ({ state, sentence }) => {
      if (state === 'failed' && this.#entry !== undefined && !this.element.closest('[hidden]')) {
        notices.show(sentence ?? 'The fetch failed.');
      }
    });
    this.close();
  }

  close(): void {
    this.#entry = undefined;
    this.element.replaceChildren(
      h(
        'p',
        { class: 'empty' },
        'Choose a day to see its entry: where it lies, where it came from, and what is missing in it.',
      ),
    );
  }

  turnToZone(zone: ZoneFormat): void {
    this.#zone = zone;
    if (this.#series !== undefined && this.#entry !== undefined)
      void this.#notices.attempt(() => this.show(this.#series!, this.#entry!));
  }

  async show(series: Series, entry: EntrySummary): Promise<void> {
    if (entry.date !== this.#entry?.date) setText(this.#finding, '');
    this.#series = series;
    this.#entry = entry;
    const { marketType, symbol, interval } = series;
    const details = await ask<EntryDetails>(`/api/facts${query({ marketType, symbol, interval, date: entry.date })}`);
    if (this.#entry === entry) this.#draw(series, details);
  }

  #draw(series: Series, details: EntryDetails): void {
    const { date, state, gaps } = details;
    const held = details.origin !== undefined;
    const action = (title: string, kind: string, act: () => Promise<void>): HTMLElement =>
      h('button', { type: 'button', class: `button ${kind}`, onclick: () => void this.#notices.attempt(act) }, title);
    const parts = [
      h('header', { class: 'panel-head' }, h('h2', {}, date), h('span', { class: `pill pill-${state}` }, STATE_NAMES[state])),
      h('p', { class: 'muted' }, `${series.symbol} ${series.interval}, ${series.marketType}`),
      h(
        'div',
        { class: 'entry-actions' },
        ...(this.#setup.mode === 'offline' ? [] : [action('Fetch', 'button-main', () => this.#post('/api/fetch', { ...series, from: details.from, to: details.to }))]),
        ...(held ? [action('Verify', '', () => this.#verify(details))] : []),
        ...(held && this.#setup.mayWrite ? [action('Invalidate', 'button-danger', () => this.#post('/api/invalidate', { ...series, date }))] : []),
        ...(held ? [h('button', { type: 'button', class: 'button', onclick: () => this.#lookAt(details) }, 'Show in chart')] : []),
      ),
      this.#finding,
      h('dl', { class: 'facts' }, ...this.#facts(details).map(([name, value]) => (value === undefined ? undefined : h('div', {}, h('dt', {}, name), h('dd', {}, value))))),
      gaps.length === 0
        ? undefined
        : h('section', {}, h('h3', {}, counted(gaps.length, 'gap')), h('ul', { class: 'gaps' }, ...gaps.map(({ from, to, kind, evidence }) => h('li', {}, icon('M2 8h3M11 8h3M7 5v6M9 5v6'), h('div', {}, h('strong', {}, kindName(kind)), h('span', {}, `${this.#zone.moment(from)} – ${this.#zone.moment(to)} ${this.#zone.label(to)}`), evidence === undefined ? undefined : h('span', { class: 'muted' }, evidence)))))),
    ]; // prettier-ignore
    this.element.replaceChildren(...parts.filter((part) => part !== undefined));
  }

  #facts(details: EntryDetails): Fact[] {
    const moment = (at: number | undefined): string | undefined =>
      at === undefined ? undefined : `${this.#zone.moment(at)} ${this.#zone.label(at)}`;
    const { rows, bytes, origin } = details;
    return [
      ['Rows', rows === undefined ? undefined : `${count(rows)} of ${count(details.expectedRows)}`],
      [
        'Came from',
        origin === undefined
          ? undefined
          : `${ORIGIN_NAMES[origin]}${details.source === undefined || details.source === origin ? '' : ` (${details.source})`}`,
      ],
      ['Why', details.reason],
      ['Path', details.path],
      [
        'Layout',
        details.layout === undefined ? undefined : details.layout === 'new' ? 'new, sealed' : 'old path, read only',
      ],
      ['Size', bytes === undefined ? undefined : byteText(bytes)],
      ['Source URL', details.sourceUrl],
      ['SHA-256 of the source', details.sourceSha256],
      ['ETag', details.sourceEtag],
      ['Last modified', details.sourceLastModified],
      ['Asked', moment(details.askedAt)],
      ['Asked again from', moment(details.believedUntil)],
    ];
  }

  async #post(path: string, body: object): Promise<void> {
    await ask(path, { method: 'POST', body });
  }

  async #verify({ date }: EntryDetails): Promise<void> {
    const series = this.#series!;
    const { sound, finding } = await ask<Verification>('/api/verify', { method: 'POST', body: { ...series, date } });
    if (this.#entry?.date === date) setText(this.#finding, `${sound ? 'Sound' : 'Damaged'}: ${finding}`);
  }
}
