import type {
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesPrimitive,
  SeriesAttachedParameter,
} from 'lightweight-charts';
import type { EntrySummary, Origin } from '../../contract/api.ts';
import { kindName, ORIGIN_NAMES, type Palette } from '../page/palette.ts';

/** A span behind the candles: a gap with its kind, or rows with where they come from. */
export type Band =
  | { readonly from: number; readonly to: number; readonly gap: string }
  | { readonly from: number; readonly to: number; readonly origin: Origin };

/** Entries as bands; neighbours of one kind are one band. Entries that were never asked for are gaps as well. */
export function bandsOf(entries: readonly EntrySummary[], { origins }: { readonly origins: boolean }): Band[] {
  const bands: Band[] = [];
  const add = (band: Band): void => {
    const last = bands.at(-1);
    const joins =
      last?.to === band.from &&
      ('gap' in last ? 'gap' in band && last.gap === band.gap : 'origin' in band && last.origin === band.origin);
    if (joins) bands[bands.length - 1] = { ...last, to: band.to };
    else bands.push(band);
  };
  for (const { from, to, state, origin } of entries) {
    if (origins && origin !== undefined) add({ from, to, origin });
    if (state === 'unasked') add({ from, to, gap: 'not in the cache' });
  }
  for (const { gaps } of entries) for (const { from, to, kind } of gaps) add({ from, to, gap: kindName(kind) });
  return bands;
}

type Target = Parameters<IPrimitivePaneRenderer['draw']>[0];

/** Draws the bands behind the candles; where they lie is asked of `position` at each frame. */
export class Bands implements ISeriesPrimitive {
  bands: readonly Band[] = [];
  palette: Palette;
  readonly #position: (time: number, width: number) => number;
  #update: (() => void) | undefined;

  constructor(palette: Palette, position: (time: number, width: number) => number) {
    this.palette = palette;
    this.#position = position;
  }

  attached({ requestUpdate }: SeriesAttachedParameter): void {
    this.#update = requestUpdate;
  }

  redraw(): void {
    this.#update?.();
  }

  readonly #view: IPrimitivePaneView = {
    zOrder: () => 'bottom',
    renderer: () => ({
      draw: (target: Target) =>
        target.useMediaCoordinateSpace(({ context, mediaSize }) => this.#draw(context, mediaSize)),
    }),
  };

  paneViews(): readonly IPrimitivePaneView[] {
    return [this.#view];
  }

  #draw(context: CanvasRenderingContext2D, { width, height }: { width: number; height: number }): void {
    const { palette } = this;
    context.font = '11px system-ui, sans-serif';
    for (const band of this.bands) {
      const left = Math.max(-1, this.#position(band.from, width));
      const right = Math.min(width + 1, this.#position(band.to, width));
      if (right < 0 || left > width || right - left <= 0) continue;
      const wide = Math.max(1, right - left);
      if ('gap' in band) this.#drawGap(context, band.gap, left, wide, height);
      else {
        context.fillStyle = palette.origin[band.origin];
        context.globalAlpha = 0.07;
        context.fillRect(left, 0, wide, height);
        context.globalAlpha = 1;
        context.fillRect(left, height - 4, wide, 4);
        label(context, ORIGIN_NAMES[band.origin], left, wide, height - 10, palette.text, palette.panel);
      }
    }
  }

  #drawGap(context: CanvasRenderingContext2D, kind: string, left: number, wide: number, height: number): void {
    context.save();
    context.beginPath();
    context.rect(left, 0, wide, height);
    context.clip();
    context.fillStyle = this.palette.gap;
    context.fillRect(left, 0, wide, height);
    if (wide > 6) {
      context.strokeStyle = this.palette.gapLine;
      context.lineWidth = 1;
      context.beginPath();
      for (let x = Math.floor((left - height) / 12) * 12; x < left + wide; x += 12) {
        context.moveTo(x, height);
        context.lineTo(x + height, 0);
      }
      context.stroke();
    }
    context.restore();
    label(context, kind, left, wide, height / 2, this.palette.muted, this.palette.panel);
  }
}

/** A word in the middle of what is in view of a band, if it fits. */
function label(
  context: CanvasRenderingContext2D,
  text: string,
  left: number,
  wide: number,
  y: number,
  colour: string,
  ground: string,
): void {
  if (wide < 24) return;
  const needed = context.measureText(text).width;
  if (needed + 12 > wide) return;
  context.lineWidth = 3;
  context.strokeStyle = ground;
  context.strokeText(text, left + (wide - needed) / 2, y);
  context.fillStyle = colour;
  context.fillText(text, left + (wide - needed) / 2, y);
}
