import type { LiveEvent, Stamped, Totals } from '../../contract/api.ts';
import { h, setText } from '../page/dom.ts';
import { byteText, count, durationText } from '../page/numbers.ts';
import type { Notices } from '../page/notices.ts';
import type { ZoneFormat } from '../page/time-zone.ts';
import type { LiveEvents } from '../page/live-events.ts';

const MOST_LINES = 80;
const SOURCE_NAMES: Readonly<Record<string, string>> = {
  cache: 'Cache',
  vision: 'Vision',
  rest: 'REST',
  migrated: 'Migrated',
  listing: 'Listing',
};

/** Hits, misses, bytes and times as they happen. */
export class ActivityPanel {
  readonly element: HTMLElement;
  readonly #figures = new Map<string, HTMLElement>();
  readonly #sources = h('tbody');
  readonly #oldPath = h('dd', { class: 'figure-note' });
  readonly #lines = h('ol', { class: 'feed', 'aria-label': 'What happened, newest first', tabindex: 0 });
  readonly #line = h('span', { class: 'line' }, 'connecting');
  readonly #notices: Notices;
  #zone: ZoneFormat;

  constructor(events: LiveEvents, zone: ZoneFormat, notices: Notices) {
    this.#notices = notices;
    this.#zone = zone;
    const figure = (name: string, title: string, note: string): HTMLElement => {
      const value = h('dd', {}, '–');
      this.#figures.set(name, value);
      return h(
        'div',
        { class: 'figure', title: note },
        h('dt', {}, title),
        value,
        name === 'hits' ? this.#oldPath : undefined,
      );
    };
    this.element = h(
      'aside',
      { class: 'activity', 'aria-label': 'Activity' },
      h('header', { class: 'panel-head' }, h('h2', {}, 'Activity'), this.#line),
      h(
        'dl',
        { class: 'figures' },
        figure('hits', 'Hits', 'Look-ups that the cache answered'),
        figure('misses', 'Misses', 'Look-ups that it could not answer'),
        figure('requests', 'Requests', 'Sent to the archive, its listing and REST'),
        figure('saved', 'Requests saved', 'Against one zip for each day'),
        figure('received', 'Received', 'Over the network'),
        figure('read', 'Read', 'From the cache’s files'),
      ),
      h(
        'table',
        { class: 'sources' },
        h('caption', { class: 'sr-only' }, 'By source'),
        h(
          'thead',
          {},
          h('tr', {}, ...['Source', 'Asked', 'Bytes', 'Time'].map((title) => h('th', { scope: 'col' }, title))),
        ),
        this.#sources,
      ),
      h('h3', {}, 'Events'),
      this.#lines,
    );
    events.onLine((connected) => {
      setText(this.#line, connected ? 'live' : 'reconnecting…');
      this.#line.classList.toggle('line-live', connected);
    });
    events.on('totals', (totals) => this.#total(totals));
    events.on('lookup', (event) => this.#tell(event, event.hit ? `cache-hit` : 'cache-miss', lookupText(event)));
    events.on('request', (event) => this.#tell(event, event.source, requestText(event)));
    events.on('stored', (event) => this.#tell(event, 'stored', `stored ${event.what}, ${byteText(event.bytes)}`));
    events.on('quarantined', (event) => this.#tell(event, 'bad', `set aside ${event.what}: ${event.reason}`));
    events.on('fetch', (event) => {
      if (event.state !== 'running')
        this.#tell(event, event.state === 'failed' ? 'bad' : 'note', `fetch ${event.state}`);
    });
  }

  turnToZone(zone: ZoneFormat): void {
    this.#zone = zone;
  }

  #total(totals: Totals): void {
    const { notStored, notStoredWhy = '' } = totals;
    if (notStored > 0)
      this.#notices.stand(
        'not-stored',
        `${notStored === 1 ? '1 day or month that was fetched' : `${count(notStored)} days or months that were fetched`} could not be stored. ${notStoredWhy}`,
      );
    const { hits, misses, requests, savedRequests, bytesReceived, bytesRead, oldPathHits } = totals;
    const set = (name: string, text: string): void => setText(this.#figures.get(name)!, text);
    set('hits', count(hits));
    setText(this.#oldPath, oldPathHits > 0 ? `${count(oldPathHits)} at the old path` : '');
    set('misses', count(misses));
    set('requests', count(requests));
    set('saved', count(savedRequests));
    set('received', byteText(bytesReceived));
    set('read', byteText(bytesRead));
    this.#sources.replaceChildren(
      ...Object.entries(totals.bySource).map(([source, { requests: asked, bytes, milliseconds }]) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, h('span', { class: `dot dot-${source}` }), SOURCE_NAMES[source] ?? source),
          h('td', {}, count(asked)),
          h('td', {}, byteText(bytes)),
          h('td', {}, durationText(milliseconds)),
        ),
      ),
    );
  }

  #tell({ at }: Stamped<LiveEvent>, kind: string, text: string): void {
    this.#lines.prepend(
      h(
        'li',
        { class: `event event-${kind}` },
        h('time', {}, this.#zone.moment(at, 'second').slice(11)),
        h('span', {}, text),
      ),
    );
    while (this.#lines.children.length > MOST_LINES) this.#lines.lastElementChild?.remove();
  }
}

/** `REST klines BTCUSDT 1m, 67 kB in 5 ms`; with what was answered where that is not 200. */
function requestText({ source, what, status, bytes, milliseconds }: Extract<LiveEvent, { type: 'request' }>): string {
  const answer = status === 200 ? '' : status === 0 ? ': no answer' : `: answered ${String(status)}`;
  return `${SOURCE_NAMES[source] ?? source} ${what}${answer}, ${byteText(bytes)} in ${durationText(milliseconds)}`;
}

function lookupText({
  hit,
  layout,
  count: entries,
  bytes,
  milliseconds,
}: Extract<LiveEvent, { type: 'lookup' }>): string {
  const where = layout === 'old' ? ' at the old path' : '';
  const times = entries === 1 ? '' : ` × ${count(entries)}`;
  return `${hit ? 'hit' : 'miss'}${where}${times}${bytes > 0 ? `, ${byteText(bytes)}` : ''} in ${durationText(milliseconds)}`;
}
