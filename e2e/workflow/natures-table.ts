import type { DataSourceManager, RequestOptions } from '@vision-cache/data-source-manager';
import { isoText } from '@vision-cache/cache-keys';
import type { Irregularity } from '@vision-cache/vision-client/testing';
import { openSetup } from './compose.ts';

/** A fault of the paper on natures, as the synthetic archive has it, and the query that meets it. */
export interface NatureCase {
  readonly market: string;
  readonly nature: string;
  readonly interval?: string;
  readonly symbol?: string;
  /** The day, or month, that is asked for. */
  readonly date: string;
  /** As the paper names it. */
  readonly fault: string;
  readonly irregularities: readonly Irregularity[];
}

/** What the answer says. */
export interface NatureResult {
  readonly rows: number;
  readonly complete: boolean;
  readonly gaps: readonly string[];
  readonly missingIds: readonly string[];
  readonly conflicts: number;
  readonly quality: Readonly<Record<string, number>>;
  readonly warnings: number;
  /** Whether `strict` lets it pass, and whether `refuse: ['short-file']` does. */
  readonly passes: { readonly strict: boolean; readonly refuse: boolean };
  /** Whether the second answer, from the cache, is the same, and asks nobody. */
  readonly warm: boolean;
}

const day = (date: string, from: string, to: string) => ({ date, start: `${date}T${from}`, end: `${date}T${to}` });
const DAY = '2024-02-16';

const futures = (market: 'um' | 'cm', nature: string, rest: Omit<NatureCase, 'market' | 'nature' | 'symbol'>) => ({
  market,
  nature,
  symbol: market === 'um' ? 'BTCUSDT' : 'BTCUSD_PERP',
  ...rest,
});

/** Every nature and fault of the paper, one after another. */
export const NATURE_CASES: readonly NatureCase[] = [
  ...(['um', 'cm'] as const).flatMap((market) => [
    futures(market, 'metrics', { date: DAY, fault: 'stops at 13:30', irregularities: [{ name: 'short-archive', date: DAY, keep: 0.5625 }] }),
    futures(market, 'metrics', { date: DAY, fault: '96 labels repeated with other values', irregularities: [{ name: 'repeated-labels', date: DAY }] }),
    futures(market, 'fundingRate', { date: '2024-03', fault: 'days are missing in a month', irregularities: [{ name: 'lacks-span', date: '2024-03', start: '2024-03-10', end: '2024-03-13' }] }),
    futures(market, 'fundingRate', { date: '2024-03', fault: 'the interval changes', irregularities: [{ name: 'funding-interval', date: '2024-03', from: '2024-03-15' }] }),
    futures(market, 'bookDepth', { date: DAY, fault: '8 snapshots in a day', irregularities: [{ name: 'few-snapshots', date: DAY }] }),
    futures(market, 'bookDepth', { date: DAY, fault: 'bands frozen', irregularities: [{ name: 'frozen-bands', date: DAY }] }),
    futures(market, 'aggTrades', { date: `${DAY}..2024-02-17`, fault: 'the first hours only', irregularities: [{ name: 'short-archive', date: DAY, keep: 0.1 }] }),
    futures(market, 'aggTrades', { date: DAY, fault: 'two runs alternate', irregularities: [{ name: 'interleaved-runs', date: DAY }] }),
    futures(market, 'aggTrades', { date: DAY, fault: 'quantity 0', irregularities: [{ name: 'zero-quantity', date: DAY }] }),
    futures(market, 'aggTrades', { date: DAY, fault: 'every row twice', irregularities: [{ name: 'every-row-twice', date: DAY }] }),
    futures(market, 'trades', { date: DAY, fault: 'is_buyer_maker true in every row', irregularities: [{ name: 'constant-flag', date: DAY }] }),
    futures(market, 'trades', { date: DAY, fault: 'three hours are missing', irregularities: [{ name: 'lacks-span', ...day(DAY, '10:00', '13:00') }] }),
    futures(market, 'liquidationSnapshot', { date: DAY, fault: 'every row twice', irregularities: [{ name: 'every-row-twice', date: DAY }] }),
    futures(market, 'markPriceKlines', { interval: '1m', date: DAY, fault: '29 minutes are missing', irregularities: [{ name: 'lacks-span', ...day(DAY, '10:00', '10:29') }] }),
  ]),
  { market: 'spot', nature: 'aggTrades', date: DAY, fault: 'ids jump at noon', irregularities: [{ name: 'lacks-span', ...day(DAY, '12:00', '12:30') }] },
  { market: 'spot', nature: 'aggTrades', date: `${DAY}..2024-02-17`, fault: 'ends 09:29, ids jump to the next day', irregularities: [{ name: 'lacks-span', ...day(DAY, '09:29', '23:59:59.999') }] },
  { market: 'spot', nature: 'trades', date: DAY, fault: 'ids jump at noon', irregularities: [{ name: 'lacks-span', ...day(DAY, '12:00', '12:30') }] },
  { market: 'spot', nature: 'klines', interval: '1s', date: DAY, fault: 'ends early', irregularities: [{ name: 'short-archive', date: DAY }] },
  { market: 'spot', nature: 'klines', interval: '1d', date: '2024-02', fault: 'a monthly file that does not unzip', irregularities: [{ name: 'broken-zip', date: '2024-02' }] },
  { market: 'option', nature: 'BVOLIndex', symbol: 'BTCBVOLUSDT', date: DAY, fault: 'half a day', irregularities: [{ name: 'short-archive', date: DAY, keep: 0.5 }] },
]; // prettier-ignore

const OPTIONS = { strict: false } as const satisfies RequestOptions;

/** What a day of the synthetic archive answers, with the archive as the only source: what the file alone can tell. */
export async function answerOf({ market, nature, interval, symbol = 'BTCUSDT', date, irregularities }: NatureCase) {
  const setup = await openSetup({
    now: '2024-05-20T12:30:00Z',
    sources: 'vision',
    archive: {
      now: '2024-05-20T12:30:00Z',
      symbols: [{ symbol, marketType: market as 'um', listed: '2024-01-01' }],
      irregularities: irregularities.map((each) => ({ ...each, dataNature: nature }) as Irregularity),
    },
  });
  try {
    const [from = '', to = from] = date.split('..');
    const end = isoText(endOf(to));
    const query = { marketType: market, dataNature: nature, symbol, interval, start: from, end };
    const answer = await setup.manager.get(query, OPTIONS);
    const asked = setup.server.requests.length;
    const again = await setup.manager.get(query, OPTIONS);
    const { coverage } = answer;
    const isSame = text([again.coverage.gaps, again.coverage.missingIds, again.quality]) === text([coverage.gaps, coverage.missingIds, answer.quality]); // prettier-ignore
    const result: NatureResult = {
      rows: answer.batch.numRows,
      complete: coverage.complete,
      gaps: coverage.gaps.map(({ kind, start, end: until }) => `${kind} ${isoText(start)} to ${isoText(until)}`),
      missingIds: coverage.missingIds.map((each) => `${each.from} to ${each.to}`),
      conflicts: new Set(answer.conflicts.map(({ time }) => time)).size,
      quality: answer.quality,
      warnings: answer.warnings.length,
      passes: {
        strict: await passes(setup.manager, query, {}),
        refuse: await passes(setup.manager, query, { refuse: ['short-file'] }),
      },
      warm: isSame && again.batch.numRows === answer.batch.numRows && setup.server.requests.length === asked,
    };
    return result;
  } finally {
    await setup.close();
  }
}

function endOf(date: string): bigint {
  const next = new Date(date.length === 7 ? `${date}-01T00:00:00Z` : `${date}T00:00:00Z`);
  if (date.length === 7) next.setUTCMonth(next.getUTCMonth() + 1);
  else next.setUTCDate(next.getUTCDate() + 1);
  return BigInt(next.getTime()) * 1000n;
}

const text = (of: unknown): string => JSON.stringify(of, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)); // prettier-ignore

async function passes(
  manager: DataSourceManager,
  query: Parameters<DataSourceManager['plan']>[0],
  options: RequestOptions,
) {
  try {
    await manager.get(query, options);
    return true;
  } catch {
    return false;
  }
}

/** The results as a table for people. */
export function tableOf(results: readonly (readonly [NatureCase, NatureResult])[]): string {
  return results
    .map(([{ market, nature, interval, fault }, { rows, complete, gaps, missingIds, conflicts, quality, ...rest }]) => {
      const told = [
        ...gaps,
        ...missingIds.map((ids) => `ids ${ids}`),
        ...(conflicts > 0 ? [`${conflicts} rows in conflict`] : []),
        ...Object.entries(quality).map(([name, count]) => `${name}: ${count}`),
      ];
      const { strict, refuse } = rest.passes;
      return [
        `${market} ${nature}${interval === undefined ? '' : ` ${interval}`} — ${fault}:`,
        `${rows} rows, complete: ${complete}, ${told.length === 0 ? 'nothing missing' : told.slice(0, 4).join('; ')}${told.length > 4 ? '; …' : ''};`,
        `strict ${strict ? 'passes' : 'throws'}, refuse short-file ${refuse ? 'passes' : 'throws'}, ${rest.warnings} warnings, warm ${rest.warm ? 'the same' : 'another'}`,
      ].join(' ');
    })
    .join('\n');
}
