import type { IPrimitivePaneRenderer, IPrimitivePaneView, ISeriesPrimitive } from 'lightweight-charts';
import { type Tick, timeTicks } from '../../bars/time-ticks.ts';
import type { Viewport } from '../../bars/viewport.ts';
import type { Palette } from '../page/palette.ts';
import type { ZoneFormat } from '../page/time-zone.ts';

/** Room that a mark of the axis takes, with some beside it. */
const MARK_PIXELS = 76;
const FONT = '11px system-ui, sans-serif';

type Target = Parameters<IPrimitivePaneRenderer['draw']>[0];

/** Marks of the time axis and their lines behind the candles, on the clock of the zone. A mark is whole or not there. */
export class TimeAxis implements ISeriesPrimitive {
  palette: Palette;
  zone: ZoneFormat;
  view: Viewport = { from: 0, to: 1 };
  readonly #position: (time: number, width: number) => number;

  constructor(palette: Palette, zone: ZoneFormat, position: (time: number, width: number) => number) {
    this.palette = palette;
    this.zone = zone;
    this.#position = position;
  }

  readonly #lines: readonly IPrimitivePaneView[] = [
    {
      zOrder: () => 'bottom',
      renderer: () => ({
        draw: (target: Target) =>
          target.useMediaCoordinateSpace(({ context, mediaSize: { width, height } }) => {
            context.fillStyle = this.palette.grid;
            for (const { at } of this.#ticks(width)) {
              context.fillRect(Math.round(this.#position(at, width)), 0, 1, height);
            }
          }),
      }),
    },
  ];

  readonly #marks: readonly IPrimitivePaneView[] = [
    {
      zOrder: () => 'bottom',
      renderer: () => ({
        draw: (target: Target) =>
          target.useMediaCoordinateSpace(({ context, mediaSize: { width, height } }) => {
            context.textBaseline = 'middle';
            context.fillStyle = this.palette.muted;
            for (const { at, text, strong } of this.#ticks(width)) {
              context.font = strong ? `bold ${FONT}` : FONT;
              const wide = context.measureText(text).width;
              const left = this.#position(at, width) - wide / 2;
              if (left >= 0 && left + wide <= width) context.fillText(text, left, height / 2);
            }
          }),
      }),
    },
  ];

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#lines;
  }

  timeAxisPaneViews(): readonly IPrimitivePaneView[] {
    return this.#marks;
  }

  #ticks(width: number): Tick[] {
    const spacing = ((this.view.to - this.view.from) / Math.max(width, 1)) * MARK_PIXELS;
    return timeTicks(this.view, spacing, (at) => this.zone.offset(at));
  }
}
