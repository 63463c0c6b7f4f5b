import type { EntrySummary } from '../../contract/api.ts';
import type { Viewport } from '../../bars/viewport.ts';
import { h } from '../page/dom.ts';
import type { Palette } from '../page/palette.ts';

const HEIGHT = 26;

/** Everything that can be had in one strip: what is held and from where, and what of it is in view. Click to go there. */
export class Overview {
  readonly element: HTMLCanvasElement;
  #palette: Palette;
  #entries: readonly EntrySummary[] = [];
  #view: Viewport = { from: 0, to: 1 };
  readonly #ground = document.createElement('canvas');
  #stale = true;

  constructor(palette: Palette, goTo: (time: number) => void) {
    this.#palette = palette;
    this.element = h('canvas', {
      class: 'overview',
      role: 'img',
      'aria-label': 'What the cache holds of the whole range',
    });
    const go = (event: PointerEvent): void => {
      if (event.buttons !== 1) return;
      const { left, width } = this.element.getBoundingClientRect();
      const [first, last] = this.#bounds;
      goTo(first + ((event.clientX - left) / width) * (last - first));
    };
    this.element.addEventListener('pointerdown', (event) => {
      this.element.setPointerCapture(event.pointerId);
      go(event);
    });
    this.element.addEventListener('pointermove', go);
    new ResizeObserver(() => {
      this.#stale = true;
      this.#draw();
    }).observe(this.element);
  }

  paint(palette: Palette): void {
    this.#palette = palette;
    this.#stale = true;
    this.#draw();
  }

  turnTo(entries: readonly EntrySummary[]): void {
    this.#entries = entries;
    this.#stale = true;
    this.#draw();
  }

  show(view: Viewport): void {
    this.#view = view;
    this.#draw();
  }

  get #bounds(): readonly [number, number] {
    return [this.#entries[0]?.from ?? 0, this.#entries.at(-1)?.to ?? 1];
  }

  #draw(): void {
    const { element } = this;
    const scale = devicePixelRatio;
    const width = Math.round(element.clientWidth * scale);
    const height = HEIGHT * scale;
    if (width === 0) return;
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    const context = element.getContext('2d')!;
    if (this.#stale) this.#drawGround(width, height);
    context.clearRect(0, 0, width, height);
    context.drawImage(this.#ground, 0, 0);
    const [first, last] = this.#bounds;
    const x = (time: number): number => ((time - first) / (last - first)) * width;
    const left = Math.max(0, x(this.#view.from));
    const wide = Math.max(3 * scale, Math.min(width, x(this.#view.to)) - left);
    context.fillStyle = this.#palette.accent;
    context.globalAlpha = 0.22;
    context.fillRect(left, 0, wide, height);
    context.globalAlpha = 1;
    context.strokeStyle = this.#palette.accent;
    context.lineWidth = 1.5 * scale;
    context.strokeRect(left + scale, scale, wide - 2 * scale, height - 2 * scale);
  }

  /** The entries themselves are drawn only when they change: there may be thousands. */
  #drawGround(width: number, height: number): void {
    this.#stale = false;
    const ground = this.#ground;
    ground.width = width;
    ground.height = height;
    const context = ground.getContext('2d')!;
    const [first, last] = this.#bounds;
    for (const { from, to, state, origin } of this.#entries) {
      if (state === 'unasked') continue;
      const left = ((from - first) / (last - first)) * width;
      const right = ((to - first) / (last - first)) * width;
      context.fillStyle = origin === undefined ? this.#palette.state[state] : this.#palette.origin[origin];
      const low = state === 'complete' ? 0.3 : 0.55;
      context.fillRect(left, height * low, Math.max(1, right - left + 0.5), height * (0.85 - low));
    }
  }
}
