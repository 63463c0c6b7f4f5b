import type { Interval, MarketType } from '@vision-cache/cache-keys';
import type { Series, Setup } from '../contract/api.ts';
import type { Viewport } from '../bars/viewport.ts';

export type ViewName = 'chart' | 'coverage' | 'migration';

/** What the page shows, as its address says. */
export interface PageState {
  readonly view: ViewName;
  readonly series: Series;
  readonly span: Viewport;
  readonly zone: string;
}

const VIEWS: readonly ViewName[] = ['chart', 'coverage', 'migration'];

/** The state of an address; what it does not say, or says wrongly, is as the page begins. */
export function readAddress(search: string, setup: Setup): PageState {
  const said = new URLSearchParams(search);
  const view = VIEWS.find((name) => name === said.get('view')) ?? 'chart';
  const { start, markets } = setup;
  const market = markets.find(({ marketType }) => marketType === (said.get('market') as MarketType | null));
  const marketType = market?.marketType ?? start.marketType;
  const offered = markets.find((each) => each.marketType === marketType)?.intervals ?? [];
  const interval = offered.find((each) => each === (said.get('interval') as Interval | null)) ?? start.interval;
  const [from, to] = [Date.parse(said.get('from') ?? ''), Date.parse(said.get('to') ?? '')];
  const zone = said.get('zone') ?? 'UTC';
  return {
    view: view === 'migration' && !setup.hasOldCache ? 'chart' : view,
    series: { marketType, symbol: said.get('symbol') ?? start.symbol, interval },
    span: from < to ? { from, to } : { from: start.from, to: start.to },
    zone: isZone(zone) ? zone : 'UTC',
  };
}

/** The address of a state. Whatever else the address holds, such as a token, stays. */
export function addressOf({ view, series, span, zone }: PageState, search: string): string {
  const said = new URLSearchParams(search);
  const { marketType, symbol, interval } = series;
  const parts = { view, market: marketType, symbol, interval, from: instant(span.from), to: instant(span.to), zone };
  for (const [name, value] of Object.entries(parts)) said.set(name, value);
  return `?${said.toString().replaceAll('%3A', ':').replaceAll('%2F', '/')}`;
}

/** `2025-06-19T12:00Z`; with seconds where they are not zero. */
const instant = (milliseconds: number): string =>
  new Date(Math.round(milliseconds)).toISOString().replace(/(:00)?\.000Z$/, 'Z');

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
