import { describe, expect, it } from '@jest/globals';
import { spanOf, type CacheKey, type Dataset, type TimeSpan } from '@vision-cache/cache-keys';
import { FakeCache } from '../__fixtures__/fake-cache.ts';
import { span } from '../__fixtures__/market.ts';
import { NatureArchive, NatureRange, type Row } from '../__fixtures__/nature-sources.ts';
import { DataSourceManager } from '../data-source-manager.ts';
import { LOOSE, told } from '../faults/fault.fixture.ts';

const HOUR = 3_600_000_000n;

/** An hour's bar of each hour of a day, but for those in a hole. */
function hoursOf(date: string, hole: TimeSpan): Row[] {
  const { start } = spanOf(date);
  return Array.from({ length: 24 }, (_, hour) => start + BigInt(hour) * HOUR)
    .filter((at) => at < hole.start || at >= hole.end)
    .map((open_time) => ({ open_time, close: 1, close_time: open_time + HOUR - 1n }));
}

/** A source of ranges in which some symbols have bars where the others have none. */
class Rest extends NatureRange {
  readonly symbols: string[] = [];
  readonly #full: NatureRange;
  readonly #traded: readonly string[];

  constructor(rows: readonly Row[], full: readonly Row[], traded: readonly string[]) {
    super(rows);
    this.#full = new NatureRange(full);
    this.#traded = traded;
  }

  override async fetch<D extends Dataset>(key: CacheKey<D>, within: TimeSpan) {
    this.symbols.push(`${key.dataNature} ${key.symbol}`);
    return this.#traded.includes(key.symbol) ? this.#full.fetch(key, within) : super.fetch(key, within);
  }
}

const HOLE = span('2024-02-02T05:00', '2024-02-02T08:00');
const DATES = ['2024-02-01', '2024-02-02', '2024-02-03'];
const rows = DATES.flatMap((date) => hoursOf(date, HOLE));
const full = DATES.flatMap((date) => hoursOf(date, span('2000-01-01', '2000-01-02')));

function setup(traded: readonly string[]) {
  const archive = new NatureArchive({ files: Object.fromEntries(DATES.map((date) => [date, hoursOf(date, HOLE)])) });
  const rest = new Rest(rows, full, traded);
  const now = () => Date.parse('2024-03-20T12:00Z');
  return { rest, manager: new DataSourceManager({ cache: new FakeCache(), sources: [archive, rest], now }) };
}

describe('bars of mark, index and premium that several symbols lack', () => {
  it.each([
    ['um', 'markPriceKlines', 'ADAUSDT', 'ETHUSDT'],
    ['um', 'indexPriceKlines', 'ADAUSDT', 'ETHUSDT'],
    ['um', 'premiumIndexKlines', 'ADAUSDT', 'ETHUSDT'],
    ['cm', 'markPriceKlines', 'ADAUSD_PERP', 'ETHUSD_PERP'],
    ['cm', 'indexPriceKlines', 'ADAUSD', 'ETHUSD'],
  ] as const)(
    '%s %s are an outage of that nature, which strict lets pass',
    async (marketType, dataNature, symbol, witness) => {
      const query = { marketType, dataNature, symbol, interval: '1h', start: '2024-02-01', end: '2024-02-04' } as const;
      const { manager, rest } = setup([]);
      const { coverage } = await manager.get(query);
      expect(told(coverage.gaps)).toEqual(['exchange-outage 2024-02-02T05..2024-02-02T08']);
      expect(coverage.gaps[0]!.evidence).toContain('ETHUSD');
      expect(rest.symbols).toContain(`${dataNature} ${witness}`);
      const asked = rest.symbols.length;
      expect(told((await manager.get(query)).coverage.gaps)).toEqual(told(coverage.gaps));
      expect(rest.symbols).toHaveLength(asked);
      const other = await setup([witness]).manager.get(query, LOOSE);
      expect(told(other.coverage.gaps)).toEqual(['no-data 2024-02-02T05..2024-02-02T08']);
    },
  );

  it('are a known outage where the table has it, without a question', async () => {
    const hole = span('2024-08-12T10:02', '2024-08-12T10:04');
    const { start } = spanOf('2024-08-12');
    const minutes = Array.from({ length: 1440 }, (_, minute) => start + BigInt(minute) * 60_000_000n)
      .filter((at) => at < hole.start || at >= hole.end)
      .map((open_time) => ({ open_time, close: 1, close_time: open_time + 59_999_999n }));
    const rest = new Rest(minutes, minutes, []);
    const sources = [new NatureArchive({ files: { '2024-08-12': minutes } }), rest];
    const manager = new DataSourceManager({ cache: new FakeCache(), sources, now: () => Date.parse('2024-09-20') });
    const query = { marketType: 'um', dataNature: 'indexPriceKlines', symbol: 'ADAUSDT', interval: '1m', start: '2024-08-12', end: '2024-08-13' } as const; // prettier-ignore
    const { coverage } = await manager.get(query);
    expect(coverage.gaps).toMatchObject([{ kind: 'exchange-outage', ...hole }]);
    expect(coverage.gaps[0]!.evidence).toContain('#483');
    expect(rest.symbols).toEqual([]);
  });
});
