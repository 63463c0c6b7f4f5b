import { barCount, BINANCE, createCatalog, type Interval, spanOf } from '@vision-cache/cache-keys';
import type { Coverage, EntrySummary, Series } from '../../contract/api.ts';
import { seriesKeys } from '../../bars/series-keys.ts';
import { ask, query } from '../page/ask.ts';

interface Bounds {
  readonly first: number;
  readonly last: number;
  /** Intervals that the cache keeps by the month. */
  readonly monthly: readonly Interval[];
}

/** What is known of the entries of one series, asked for as it is needed. */
export class CoverageBook {
  readonly series: Series;
  readonly #bounds: Bounds;
  readonly #known = new Map<string, EntrySummary>();
  readonly #listeners = new Set<() => void>();
  #asked = 0;
  /** Spans that were answered while another question was on its way. */
  #answered: { readonly from: number; readonly to: number; readonly asked: number }[] = [];
  #underway = 0;
  #every: EntrySummary[] | undefined;

  /** @param bounds nothing before or after them can be had */
  constructor(series: Series, bounds: Bounds) {
    this.series = series;
    this.#bounds = bounds;
  }

  /** Whether its entries are months. */
  get isMonthly(): boolean {
    return this.all()[0]?.date.length === 7;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Asks the server what it knows of a span, and forgets what was known of it before. */
  async refresh(from = this.#bounds.first, to = this.#bounds.last, signal?: AbortSignal): Promise<void> {
    const { marketType, symbol, interval } = this.series;
    const { first, last } = this.#bounds;
    const span = { from: Math.floor(Math.max(from, first)), to: Math.ceil(Math.min(to, last)) };
    if (span.from >= span.to) return;
    const path = `/api/coverage${query({ marketType, symbol, interval, ...span })}`;
    const asked = ++this.#asked;
    this.#underway++;
    try {
      const { entries } = await ask<Coverage>(path, signal === undefined ? {} : { signal });
      this.#learn(span, asked, entries);
    } finally {
      if (--this.#underway === 0) this.#answered = [];
    }
    for (const listener of this.#listeners) listener();
  }

  /** What was asked for later is newer, also where its answer came first. */
  #learn(span: { readonly from: number; readonly to: number }, asked: number, entries: readonly EntrySummary[]): void {
    const touches = (entry: EntrySummary, { from, to }: typeof span): boolean => entry.from < to && entry.to > from;
    const newer = this.#answered.filter((answer) => answer.asked > asked);
    const isNews = (entry: EntrySummary): boolean => !newer.some((answer) => touches(entry, answer));
    for (const [date, entry] of this.#known) if (touches(entry, span) && isNews(entry)) this.#known.delete(date);
    for (const entry of entries) if (isNews(entry)) this.#known.set(entry.date, entry);
    this.#answered.push({ ...span, asked });
    this.#every = undefined;
  }

  /** Every entry that touches a span, in order, also those that were never asked for. */
  between(from: number, to: number): EntrySummary[] {
    const entries = this.all();
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle]!.to <= from) low = middle + 1;
      else high = middle;
    }
    const found: EntrySummary[] = [];
    for (let index = low; index < entries.length && entries[index]!.from < to; index++) found.push(entries[index]!);
    return found;
  }

  at(time: number): EntrySummary | undefined {
    return this.between(time, time + 1)[0];
  }

  /** Every entry within the bounds, in order. */
  all(): readonly EntrySummary[] {
    const { first, last, monthly } = this.#bounds;
    // A day has begun since.
    if (this.#every !== undefined && (this.#every.at(-1)?.to ?? Infinity) <= last) this.#every = undefined;
    const catalog = monthly.length === 0 ? BINANCE : createCatalog(BINANCE.datasets, { monthly });
    this.#every ??= seriesKeys(this.series, first, last, catalog).map(
      ({ date }) => this.#known.get(date) ?? this.#unasked(date),
    );
    return this.#every;
  }

  #unasked(date: string): EntrySummary {
    const { start, end } = spanOf(date);
    const [from, to] = [Number(start / 1000n), Number(end / 1000n)];
    return { date, from, to, state: 'unasked', gaps: [], expectedRows: barCount(this.series.interval, start, end) };
  }
}

/** Whether the entry has rows to draw. */
export const hasRows = (entry: EntrySummary): boolean => entry.origin !== undefined && (entry.rows ?? 0) > 0;
