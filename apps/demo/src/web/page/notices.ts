import { h, icon } from './dom.ts';
import { sentenceOf } from './ask.ts';

const CROSS = 'M4 4l8 8M12 4l-8 8';
/** Time to read a sentence. It begins again when the pointer moves over it. */
const SHOWN_MILLISECONDS = 12_000;

/** Sentences about what went wrong, above the view and over nothing. They leave by themselves; standing ones stay. */
export class Notices {
  readonly element = h('div', { class: 'notices', 'aria-live': 'assertive', role: 'region', 'aria-label': 'Messages' });

  /** Each different sentence is shown once. */
  show(sentence: string): void {
    for (const there of this.element.children) {
      if ((there as HTMLElement).dataset['sentence'] === sentence) return;
    }
    const notice = this.#notice(sentence, { role: 'alert' });
    let timer = 0;
    const leaveSoon = (): void => {
      clearTimeout(timer);
      timer = window.setTimeout(() => notice.remove(), SHOWN_MILLISECONDS);
    };
    for (const use of ['pointermove', 'focusin']) notice.addEventListener(use, leaveSoon);
    leaveSoon();
    while (this.element.children.length > 3) this.element.firstElementChild?.remove();
  }

  /** A sentence about a state that goes on. Another one of the same topic replaces it. */
  stand(topic: string, sentence: string): void {
    const before = [...this.element.children].find((there) => (there as HTMLElement).dataset['topic'] === topic);
    if ((before as HTMLElement | undefined)?.dataset['sentence'] === sentence) return;
    before?.remove();
    this.#notice(sentence, { 'data-topic': topic });
  }

  #notice(sentence: string, attributes: Readonly<Record<string, string>>): HTMLElement {
    const notice = h(
      'div',
      { class: 'notice', 'data-sentence': sentence, ...attributes },
      h('p', {}, sentence),
      h(
        'button',
        { class: 'icon-button', type: 'button', 'aria-label': 'Put this message away', onclick: () => notice.remove() },
        icon(CROSS),
      ),
    );
    this.element.append(notice);
    // On a phone the place for messages may be far above what is in view.
    notice.scrollIntoView({ block: 'nearest' });
    return notice;
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
