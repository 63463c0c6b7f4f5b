import {
  CandlestickSeries,
  type CandlestickData,
  ColorType,
  createChart,
  CrosshairMode,
  type HistogramData,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type MouseEventParams,
  TickMarkType,
  type UTCTimestamp,
  type WhitespaceData,
} from 'lightweight-charts';
import type { BarWindow } from '../../bars/aggregate.ts';
import type { Viewport } from '../../bars/viewport.ts';
import { priceText } from '../page/numbers.ts';
import type { TickKind, ZoneFormat } from '../page/time-zone.ts';
import { type Band, Bands } from './bands.ts';
import type { Palette } from '../page/palette.ts';
import { TimeLine } from './time-line.ts';

const TICK_KINDS: Readonly<Record<TickMarkType, TickKind>> = {
  [TickMarkType.Year]: 'year',
  [TickMarkType.Month]: 'month',
  [TickMarkType.DayOfMonth]: 'day',
  [TickMarkType.Time]: 'minute',
  [TickMarkType.TimeWithSeconds]: 'second',
};

/** What lies under the pointer. */
export interface BarUnderPointer {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/**
 * Draws a window of bars and shows a viewport of it. The chart scrolls and zooms by nothing of its own: it holds a few
 * thousand bars around what is in view, at the interval that can be seen, and is given others as the view moves.
 */
export class CandleChart {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<'Candlestick'>;
  readonly #volume: ISeriesApi<'Histogram'>;
  readonly #bands: Bands;
  #line = new TimeLine(new Float64Array(0), 0);
  #window: BarWindow | undefined;
  #view: Viewport = { from: 0, to: 1 };
  /** Added to the times that the library is given, so that its marks fall on the zone's midnights. Milliseconds. */
  #shift = 0;
  #zone: ZoneFormat;
  #palette: Palette;

  constructor(container: HTMLElement, zone: ZoneFormat, palette: Palette) {
    this.#zone = zone;
    this.#palette = palette;
    this.#chart = createChart(container, {
      autoSize: true,
      handleScroll: false,
      handleScale: { mouseWheel: false, pinch: false, axisPressedMouseMove: { time: false, price: true }, axisDoubleClickReset: { time: false, price: true } },
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, minBarSpacing: 0.001, tickMarkFormatter: (time: UTCTimestamp, kind: TickMarkType) => this.#zone.tick(this.#instant(time), TICK_KINDS[kind]) },
      localization: { priceFormatter: priceText, timeFormatter: (time: UTCTimestamp) => this.#zone.moment(this.#instant(time)) },
      layout: { attributionLogo: false },
    }); // prettier-ignore
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      borderVisible: false,
      priceLineVisible: false,
      lastValueVisible: false,
    });
    this.#candles.priceScale().applyOptions({ scaleMargins: { top: 0.12, bottom: 0.26 } });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      priceLineVisible: false,
      lastValueVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0.02 } });
    this.#bands = new Bands(palette, (time, width) => this.#pixel(time, width));
    this.#candles.attachPrimitive(this.#bands);
    this.paint(palette);
  }

  /** Pixels that candles have, beside the price scale. */
  get width(): number {
    return this.#chart.timeScale().width();
  }

  get window(): BarWindow | undefined {
    return this.#window;
  }

  /** The span that the bars given last lie in. */
  get drawn(): Viewport {
    return { from: this.#line.from, to: this.#line.to };
  }

  paint(palette: Palette): void {
    this.#palette = palette;
    this.#bands.palette = palette;
    const { up, down, border, grid, muted, panel } = palette;
    this.#chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: panel }, textColor: muted, fontSize: 11, fontFamily: 'system-ui, sans-serif', panes: { separatorColor: border } },
      grid: { vertLines: { color: grid }, horzLines: { color: grid } },
      rightPriceScale: { borderColor: border },
      timeScale: { borderColor: border },
      crosshair: { vertLine: { color: muted, labelBackgroundColor: '#3a4558' }, horzLine: { color: muted, labelBackgroundColor: '#3a4558' } },
    }); // prettier-ignore
    this.#candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down });
    if (this.#window !== undefined) this.draw(this.#window, this.#line.to);
  }

  turnToZone(zone: ZoneFormat): void {
    this.#zone = zone;
    if (this.#window !== undefined) this.draw(this.#window, this.#line.to);
  }

  /** Bars to hold from now on. `end`: where the last bucket ends. */
  draw(window: BarWindow, end: number): void {
    this.#window = window;
    this.#line = new TimeLine(window.time, end);
    this.#shift = this.#zone.offset((window.time[0] ?? 0) / 2 + end / 2);
    const { time, open, high, low, close, volume } = window;
    const { upVolume, downVolume } = this.#palette;
    const candles: (CandlestickData<UTCTimestamp> | WhitespaceData<UTCTimestamp>)[] = [];
    const volumes: (HistogramData<UTCTimestamp> | WhitespaceData<UTCTimestamp>)[] = [];
    for (let bar = 0; bar < time.length; bar++) {
      const at = ((time[bar]! + this.#shift) / 1000) as UTCTimestamp;
      const opened = open[bar]!;
      if (Number.isNaN(opened)) candles[bar] = volumes[bar] = { time: at };
      else {
        const closed = close[bar]!;
        candles[bar] = { time: at, open: opened, high: high[bar]!, low: low[bar]!, close: closed };
        volumes[bar] = { time: at, value: volume[bar]!, color: closed >= opened ? upVolume : downVolume };
      }
    }
    // The library scrolls no further than the last value, and an empty chart would show other days than it says.
    const last = volumes.at(-1);
    if (last !== undefined) volumes[volumes.length - 1] = { value: 0, color: 'transparent', ...last };
    this.#candles.setData(candles);
    this.#volume.setData(volumes);
    this.show(this.#view);
  }

  show(view: Viewport): void {
    this.#view = view;
    if (this.#window === undefined || this.#window.time.length === 0) return;
    const from = this.#line.position(view.from);
    const to = this.#line.position(view.to) - 1;
    this.#chart.timeScale().setVisibleLogicalRange({ from, to: Math.max(to, from + 0.01) });
    this.#bands.redraw();
  }

  mark(bands: readonly Band[]): void {
    this.#bands.bands = bands;
    this.#bands.redraw();
  }

  onPointer(listener: (bar: BarUnderPointer | undefined) => void): void {
    this.#chart.subscribeCrosshairMove(({ logical }: MouseEventParams) => {
      const bar = logical === undefined ? undefined : Math.round(logical);
      listener(bar === undefined ? undefined : this.barAt(bar));
    });
  }

  /** The bar at an index of the window, if there is one. */
  barAt(bar: number): BarUnderPointer | undefined {
    const window = this.#window;
    if (window === undefined || !(bar >= 0 && bar < window.time.length)) return undefined;
    const { time, open, high, low, close, volume } = window;
    return {
      time: time[bar]!,
      open: open[bar]!,
      high: high[bar]!,
      low: low[bar]!,
      close: close[bar]!,
      volume: volume[bar]!,
    };
  }

  /** The newest bar with prices in view. */
  lastInView(): BarUnderPointer | undefined {
    const window = this.#window;
    if (window === undefined) return undefined;
    for (let bar = window.time.length - 1; bar >= 0; bar--) {
      if (window.time[bar]! < this.#view.to && !Number.isNaN(window.open[bar]!)) {
        return window.time[bar]! >= this.#view.from ? this.barAt(bar) : undefined;
      }
    }
    return undefined;
  }

  #instant(time: UTCTimestamp): number {
    return time * 1000 - this.#shift;
  }

  #pixel(time: number, width: number): number {
    const left = this.#line.position(this.#view.from);
    const right = this.#line.position(this.#view.to);
    return ((this.#line.position(time) - left) / (right - left)) * width;
  }
}
