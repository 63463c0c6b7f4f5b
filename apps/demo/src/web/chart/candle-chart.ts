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
  type UTCTimestamp,
  type WhitespaceData,
} from 'lightweight-charts';
import { type BarWindow, firstAtOrAfter } from '../../bars/aggregate.ts';
import type { Viewport } from '../../bars/viewport.ts';
import { priceText } from '../page/numbers.ts';
import type { ZoneFormat } from '../page/time-zone.ts';
import { type Band, Bands } from './bands.ts';
import type { Palette } from '../page/palette.ts';
import { TimeAxis } from './time-axis.ts';
import { TimeLine } from './time-line.ts';

/** What lies under the pointer. */
export interface BarUnderPointer {
  /** Epoch milliseconds. */
  readonly time: number;
  /** Where its bucket ends, epoch milliseconds. */
  readonly end: number;
  /** How many stored bars it is made of. */
  readonly rows: number;
  /** Whether bars of it can still come. */
  readonly unfinished: boolean;
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
  #unfinished: Uint8Array = new Uint8Array(0);
  #view: Viewport = { from: 0, to: 1 };
  readonly #axis: TimeAxis;
  #isEmpty = true;
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
      // Marks of the time axis are drawn by TimeAxis: the library's ignore changes of a zone's clocks and are cut at the edges.
      timeScale: { timeVisible: true, minBarSpacing: 0.001, tickMarkFormatter: () => '' },
      localization: { priceFormatter: (price: number) => (this.#isEmpty ? '' : priceText(price)), timeFormatter: (time: UTCTimestamp) => this.#zone.moment(time * 1000) },
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
    this.#axis = new TimeAxis(palette, zone, (time, width) => this.#pixel(time, width));
    this.#candles.attachPrimitive(this.#axis);
    this.paint(palette);
  }

  /** Pixels that candles have, beside the price scale. */
  get width(): number {
    return this.#chart.timeScale().width();
  }

  /** Whether a candle is drawn, in view or beside it. */
  get hasBars(): boolean {
    return !this.#isEmpty;
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
    this.#axis.palette = palette;
    const { up, down, border, grid, muted, panel } = palette;
    this.#chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: panel }, textColor: muted, fontSize: 11, fontFamily: 'system-ui, sans-serif', panes: { separatorColor: border } },
      grid: { vertLines: { visible: false }, horzLines: { color: grid } },
      rightPriceScale: { borderColor: border },
      timeScale: { borderColor: border },
      crosshair: { vertLine: { color: muted, labelBackgroundColor: '#3a4558' }, horzLine: { color: muted, labelBackgroundColor: '#3a4558' } },
    }); // prettier-ignore
    this.#candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down });
    this.#redraw();
  }

  turnToZone(zone: ZoneFormat): void {
    this.#zone = zone;
    this.#axis.zone = zone;
    this.#redraw();
  }

  /** Shows neither bars nor prices until others are drawn. */
  clear(): void {
    this.#window = undefined;
    this.#line = new TimeLine(new Float64Array(0), 0);
    this.#isEmpty = true;
    this.#candles.setData([]);
    this.#volume.setData([]);
    this.#candles.priceScale().applyOptions({ autoScale: true });
  }

  /**
   * Bars to hold from now on.
   * @param end where the last bucket ends
   * @param unfinished by bucket, 1 where bars of it can still come: drawn pale
   */
  draw(window: BarWindow, end: number, unfinished: Uint8Array): void {
    this.#window = window;
    this.#unfinished = unfinished;
    this.#line = new TimeLine(window.time, end);
    const { time, open, high, low, close, volume, rows } = window;
    const { upVolume, downVolume, upPale, downPale } = this.#palette;
    const candles: (CandlestickData<UTCTimestamp> | WhitespaceData<UTCTimestamp>)[] = [];
    const volumes: (HistogramData<UTCTimestamp> | WhitespaceData<UTCTimestamp>)[] = [];
    this.#isEmpty = true;
    for (let bar = 0; bar < time.length; bar++) {
      const at = (time[bar]! / 1000) as UTCTimestamp;
      if (rows[bar] === 0) {
        candles[bar] = volumes[bar] = { time: at };
        continue;
      }
      this.#isEmpty = false;
      const [opened, closed] = [open[bar]!, close[bar]!];
      const rose = closed >= opened;
      const pale = rose ? upPale : downPale;
      const colours = unfinished[bar] === 1 ? { color: pale, wickColor: pale } : {};
      candles[bar] = { time: at, open: opened, high: high[bar]!, low: low[bar]!, close: closed, ...colours };
      volumes[bar] = { time: at, value: volume[bar]!, color: rose ? upVolume : downVolume };
    }
    // The library scrolls no further than the last value, and an empty chart would show other days than it says.
    const last = volumes.at(-1);
    if (last !== undefined) volumes[volumes.length - 1] = { value: 0, color: 'transparent', ...last };
    this.#candles.setData(candles);
    this.#volume.setData(volumes);
    this.show(this.#view);
  }

  #redraw(): void {
    if (this.#window !== undefined) this.draw(this.#window, this.#line.to, this.#unfinished);
  }

  show(view: Viewport): void {
    this.#view = view;
    this.#axis.view = view;
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
    const { time, open, high, low, close, volume, rows } = window;
    return {
      time: time[bar]!,
      end: time[bar + 1] ?? this.#line.to,
      rows: rows[bar]!,
      unfinished: this.#unfinished[bar] === 1,
      open: open[bar]!,
      high: high[bar]!,
      low: low[bar]!,
      close: close[bar]!,
      volume: volume[bar]!,
    };
  }

  /** Candles with prices that open in view. */
  candlesInView(): number {
    const window = this.#window;
    if (window === undefined) return 0;
    let candles = 0;
    for (let bar = firstAtOrAfter(window.time, this.#view.from); bar < window.time.length; bar++) {
      if (window.time[bar]! >= this.#view.to) break;
      if (window.rows[bar]! > 0) candles++;
    }
    return candles;
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

  #pixel(time: number, width: number): number {
    const left = this.#line.position(this.#view.from);
    const right = this.#line.position(this.#view.to);
    return ((this.#line.position(time) - left) / (right - left)) * width;
  }
}
