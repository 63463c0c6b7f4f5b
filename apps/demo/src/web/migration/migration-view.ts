import type { MigrationItem, MigrationStep, MigrationView as Migration } from '../../contract/api.ts';
import type { LiveEvents } from '../page/live-events.ts';
import { ask } from '../page/ask.ts';
import { h, setText } from '../page/dom.ts';
import type { Notices } from '../page/notices.ts';
import { count, counted } from '../page/numbers.ts';

const STEP_NAMES: Readonly<Record<MigrationStep, string>> = {
  sample: 'Write the sample anew',
  plan: 'Plan',
  apply: 'Apply',
  verify: 'Verify',
  rollback: 'Roll back',
};
const GENERATIONS: Readonly<Record<string, string>> = {
  S: 'the old layout', N: 'new path, not sealed', G0: 'monthly files', G1: 'monthly files, long path', G2: 'monthly files, long path', G3: 'days, small letters',
  G4: 'Feather, LZ4', G5: 'Feather by market', G5b: 'Arrow by market', G6: 'small letters', G7: 'Parquet under a wrong ending', G8: 'pandas metadata', G9: 'polars, string view', G10: 'doubled folders',
}; // prettier-ignore

/** The old cache as a tree: from where to where and why; then apply, verify, roll back. */
export class MigrationPage {
  readonly element: HTMLElement;
  readonly #notices: Notices;
  readonly #buttons = new Map<MigrationStep, HTMLButtonElement>();
  readonly #counts = h('ul', { class: 'counts', 'aria-label': 'What becomes of the files' });
  readonly #tree = h('div', { class: 'tree' });
  readonly #said = h('div', { class: 'said', role: 'status' });
  readonly #progress = h('progress', { max: 1, value: 0, 'aria-label': 'Progress', hidden: true });
  readonly #roots = h('p', { class: 'muted roots' });
  readonly #hasSample: boolean;
  #running = false;
  #state: Migration['state'] | undefined;

  constructor(events: LiveEvents, notices: Notices, hasSample: boolean) {
    this.#hasSample = hasSample;
    this.#notices = notices;
    const button = (step: MigrationStep, kind = ''): HTMLButtonElement => {
      const made = h(
        'button',
        { type: 'button', class: `button ${kind}`, onclick: () => void this.#run(step) },
        STEP_NAMES[step],
      );
      this.#buttons.set(step, made);
      return made;
    };
    this.element = h(
      'section',
      { class: 'view migration-view', id: 'view-migration', 'aria-label': 'Migration', hidden: true },
      h(
        'header',
        { class: 'migration-head' },
        h('div', {}, h('h2', {}, 'An old cache, moved'), this.#roots),
        h('div', { class: 'migration-actions' }, button('plan'), button('apply', 'button-main'), button('verify'), button('rollback', 'button-danger'), ...(hasSample ? [button('sample')] : [])),
      ),
      this.#progress,
      this.#said,
      this.#counts,
      this.#tree,
    ); // prettier-ignore
    events.on('migration', ({ state, done, total, step }) => {
      // The answer to a step may overtake what is told on the way to it.
      if (!this.#running) return;
      this.#progress.hidden = state !== 'running';
      this.#progress.max = Math.max(total, 1);
      this.#progress.value = done;
      if (state === 'running') setText(this.#said, `${STEP_NAMES[step]}: ${count(done)} of ${counted(total, 'file')}`);
    });
  }

  /** A sample is planned at once; in somebody's own cache nothing is done before it is asked for. */
  async open(): Promise<void> {
    if (this.#hasSample && this.#state === undefined && !this.#running) await this.#run('plan');
    else if (this.#state === undefined) {
      this.#turnRunning(false);
      setText(
        this.#said,
        'Plan reads every file of this cache and shows from where to where each would go, and why; nothing is moved before Apply, and Roll back takes it back.',
      );
    }
  }

  async #run(step: MigrationStep): Promise<void> {
    this.#turnRunning(true);
    await this.#notices.attempt(async () => {
      this.#draw(await ask<Migration>(`/api/migration/${step}`, { method: 'POST', body: {} }));
    });
    this.#turnRunning(false);
  }

  #turnRunning(running: boolean): void {
    this.#running = running;
    this.element.setAttribute('aria-busy', String(running));
    for (const [step, button] of this.#buttons) {
      const sensible = {
        plan: true,
        sample: true,
        apply: this.#state !== undefined && this.#state !== 'applied',
        verify: this.#state === 'applied',
        rollback: this.#state === 'applied',
      };
      button.disabled = running || !sensible[step];
    }
    if (!running) this.#progress.hidden = true;
  }

  #draw({ oldRoot, newRoot, state, items, counts, sentences }: Migration): void {
    this.#state = state;
    setText(this.#roots, oldRoot === newRoot ? `in place, in ${newRoot}` : `from ${oldRoot} to ${newRoot}`);
    this.#said.replaceChildren(...sentences.map((sentence) => h('p', {}, sentence)));
    this.#counts.replaceChildren(
      ...Object.entries(counts).map(([name, value]) =>
        h('li', { class: 'count' }, h('strong', {}, count(value)), h('span', {}, name.replaceAll('-', ' '))),
      ),
    );
    const generations = new Map<string, MigrationItem[]>();
    for (const item of items) {
      const there = generations.get(item.generation);
      if (there === undefined) generations.set(item.generation, [item]);
      else there.push(item);
    }
    const open = new Set(
      [...this.#tree.querySelectorAll<HTMLDetailsElement>('details[open]')].map(({ dataset }) => dataset['generation']),
    );
    const first = this.#tree.childElementCount === 0;
    this.#tree.replaceChildren(
      ...[...generations].map(([generation, of], index) =>
        h(
          'details',
          { 'data-generation': generation, open: first ? index < 3 : open.has(generation) },
          h('summary', {}, h('span', { class: 'generation' }, generation), h('span', {}, generationName(generation)), h('span', { class: 'muted' }, counted(of.length, 'file'))),
          h('ul', {}, ...of.map(itemLine)),
        ),
      ),
    ); // prettier-ignore
  }
}

/** Where only the bytes tell generations of one path apart, all of their names. */
function generationName(generation: string): string {
  const names = generation.split('/').map((each) => GENERATIONS[each] ?? 'no old cache file');
  return [...new Set(names)].join(' · ');
}

function itemLine({ from, to, action, reason }: MigrationItem): HTMLElement {
  return h(
    'li',
    { class: 'item' },
    h('span', { class: `pill pill-${action.replaceAll(' ', '-')}` }, action.replaceAll('-', ' ')),
    h('div', { class: 'item-paths' }, h('code', {}, from), ...to.map((path) => h('code', { class: 'item-to' }, `→ ${path}`)), reason === '' ? undefined : h('span', { class: 'muted' }, reason)),
  ); // prettier-ignore
}
