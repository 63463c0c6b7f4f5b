import { h, icon } from './dom.ts';
import { sentenceOf } from './ask.ts';

const CROSS = 'M4 4l8 8M12 4l-8 8';

/** Where sentences about what went wrong (or well) stand until they are put away. */
export class Notices {
  readonly element = h('div', { class: 'notices', 'aria-live': 'assertive', role: 'region', 'aria-label': 'Messages' });

  /** Each different sentence stands there once. */
  show(sentence: string, kind: 'error' | 'done' = 'error'): void {
    for (const there of this.element.children) {
      if ((there as HTMLElement).dataset['sentence'] === sentence) return;
    }
    const remove = (): void => notice.remove();
    const notice = h(
      'div',
      { class: `notice notice-${kind}`, 'data-sentence': sentence, ...(kind === 'error' ? { role: 'alert' } : {}) },
      h('p', {}, sentence),
      h(
        'button',
        { class: 'icon-button', type: 'button', 'aria-label': 'Put this message away', onclick: remove },
        icon(CROSS),
      ),
    );
    this.element.append(notice);
    while (this.element.children.length > 3) this.element.firstElementChild?.remove();
    if (kind === 'done') setTimeout(remove, 8000);
  }

  /** Runs something and shows why it failed, if it does; being stopped is no failure. */
  async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      this.show(sentenceOf(error));
    }
  }
}
