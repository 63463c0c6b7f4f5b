import { BINANCE, type DataNature, type Dataset, rowSpanOf, spanOf, utcDay } from '@vision-cache/cache-keys';
import { DAY, type MarketSeries } from '../market/market-series.ts';
import { centred, hash, seedOf, uniform } from '../market/noise.ts';

// Taken once: within a test runner's own realm, each look-up of a global is slow.
const { floor, abs } = Math;

/** What the lines of a day that is no day of klines are made of. */
export interface EventContext {
  readonly seed: number | string;
  readonly marketType: string;
  readonly dataNature: DataNature;
  readonly symbol: string;
  /** Days since 1970-01-01. */
  readonly day: number;
  /** Rows of a full day of trades, aggregated trades and quotes. */
  readonly eventsPerDay: number;
  readonly unit: 'ms' | 'us';
  /** Prices, and when the market was open. */
  readonly series: MarketSeries;
}

type Nature = (context: EventContext, seed: number) => string[];

/** The lines of one day, in the archive's format and order, without a header. */
export function eventLines(context: EventContext): string[] {
  const make = NATURES[context.dataNature];
  if (make === undefined) return [];
  return make(context, seedOf(context.seed, context.marketType, context.dataNature, context.symbol));
}

const HOUR = DAY / 24;
const SECOND = 1_000_000;

/** Moments of a day, epoch microseconds, `count` of them, each in its own part of the day and when the market is open. */
function* moments(
  { day, series }: EventContext,
  seed: number,
  count: number,
): Generator<{ index: number; time: number }> {
  for (let event = 0; event < count; event++) {
    const index = day * count + event;
    const time = floor(day * DAY + ((event + uniform(seed, index)) * DAY) / count);
    if (isOpen(series, time)) yield { index, time };
  }
}

/** Moments on a grid. */
function* marks({ day, series }: EventContext, step: number): Generator<{ index: number; time: number }> {
  for (let time = day * DAY; time < (day + 1) * DAY; time += step) {
    if (isOpen(series, time)) yield { index: floor(time / step), time };
  }
}

/** Whether the rows of the day bear the end of what they tell of. */
function isLabelledByEnd({ marketType, dataNature, day }: EventContext): boolean {
  const dataset: Dataset = BINANCE.datasets.find((of) => of.marketType === marketType && of.dataNature === dataNature)!;
  const date = utcDay(BigInt(day * DAY));
  return rowSpanOf(dataset, date).end > spanOf(date).end;
}

function isOpen({ events }: MarketSeries, time: number): boolean {
  return (
    time >= events.life.start &&
    time < events.life.end &&
    !events.outages.some((outage) => time >= outage.start && time < outage.end)
  );
}

const stamp = (time: number, unit: 'ms' | 'us'): string => String(unit === 'us' ? time : floor(time / 1000));
const dateTime = (time: number): string => new Date(time / 1000).toISOString().slice(0, 19).replace('T', ' ');

/** Spot writes booleans as Python does. */
const flag = (value: boolean, marketType: string): string => {
  const text = value ? 'true' : 'false';
  return marketType === 'spot' ? text.charAt(0).toUpperCase() + text.slice(1) : text;
};

function priceText({ series }: EventContext, time: number, ticksAway = 0): string {
  const { priceDecimals, pricePlaces } = series.profile;
  return ((series.priceAt(time) + ticksAway) / 10 ** priceDecimals).toFixed(pricePlaces);
}

function quantity({ series }: EventContext, seed: number, index: number): { text: string; value: number } {
  const { lotDecimals, volumePlaces, volumePerMinute } = series.profile;
  const lots = 1 + floor(volumePerMinute * 10 ** lotDecimals * 0.05 * uniform(seed ^ 0x0f0f0f0f, index) ** 2);
  const value = lots / 10 ** lotDecimals;
  return { text: value.toFixed(volumePlaces), value };
}

const NATURES: Partial<Record<DataNature, Nature>> = {
  trades: (context, seed) =>
    Array.from(moments(context, seed, context.eventsPerDay), ({ index, time }) => {
      const { contractSize, quoteDecimals } = context.series.profile;
      const price = priceText(context, time, hash(seed, index) % 3);
      const { text, value } = quantity(context, seed, index);
      const other = contractSize === undefined ? Number(price) * value : (contractSize * value) / Number(price);
      const isBuyerMaker = flag(hash(seed, index) % 2 === 0, context.marketType);
      const fields = [index, price, text, other.toFixed(quoteDecimals), stamp(time, context.unit), isBuyerMaker];
      return (context.marketType === 'spot' ? [...fields, 'True'] : fields).join(',');
    }),

  aggTrades: (context, seed) =>
    Array.from(moments(context, seed, context.eventsPerDay), ({ index, time }) => {
      const price = priceText(context, time, hash(seed, index) % 3);
      const last = index * 3 + (hash(seed, index) % 3);
      const isBuyerMaker = flag(hash(seed, index) % 2 === 0, context.marketType);
      const { text } = quantity(context, seed, index);
      const fields = [index, price, text, index * 3, last, stamp(time, context.unit), isBuyerMaker];
      return (context.marketType === 'spot' ? [...fields, 'True'] : fields).join(',');
    }),

  bookTicker: (context, seed) =>
    Array.from(moments(context, seed, context.eventsPerDay), ({ index, time }) => {
      const bid = quantity(context, seed, index).text;
      const ask = quantity(context, seed ^ 0x3c3c3c3c, index).text;
      const transaction = floor(time / 1000);
      return [
        index * 7,
        priceText(context, time),
        bid,
        priceText(context, time, 1),
        ask,
        transaction,
        transaction + (index % 5),
      ].join(',');
    }),

  bookDepth: (context, seed) =>
    Array.from(marks(context, 30 * SECOND)).flatMap(({ index, time }) => {
      const price = Number(priceText(context, time));
      return [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5].map((percent) => {
        const depth = context.series.profile.volumePerMinute * abs(percent) * (1 + uniform(seed + percent, index));
        return [dateTime(time), percent, depth.toFixed(3), (depth * price).toFixed(4)].join(',');
      });
    }),

  metrics: (context, seed) => {
    const late = isLabelledByEnd(context) ? 300 * SECOND : 0;
    return Array.from(marks(context, 300 * SECOND), ({ index, time: start }) => {
      const time = start + late;
      const interest = context.series.profile.volumePerMinute * 20_000 * (1 + 0.1 * centred(seed, index));
      const ratio = (salt: number) => (1 + 0.5 * centred(seed + salt, index)).toFixed(8);
      const value = interest * Number(priceText(context, time));
      return [
        dateTime(time),
        context.symbol,
        interest.toFixed(3).padEnd(interest.toFixed(16).length, '0'),
        value.toFixed(8),
        ratio(1),
        ratio(2),
        ratio(3),
        ratio(4),
      ].join(',');
    });
  },

  fundingRate: (context, seed) =>
    Array.from(marks(context, 8 * HOUR), ({ index, time }) =>
      [floor(time / 1000) + (hash(seed, index) % 12), 8, (0.0003 * centred(seed, index)).toFixed(8)].join(','),
    ),

  liquidationSnapshot: (context, seed) =>
    Array.from(moments(context, seed, 100), ({ index, time }) => {
      const price = priceText(context, time);
      const { text } = quantity(context, seed, index);
      const side = hash(seed, index) % 2 === 0 ? 'BUY' : 'SELL';
      // Some of the archive's files name the symbol: those of cm here.
      const head = context.marketType === 'cm' ? [floor(time / 1000), context.symbol] : [floor(time / 1000)];
      return [...head, side, 'LIMIT', 'IOC', text, price, priceText(context, time, -1), 'FILLED', text, text].join(',');
    }),

  BVOLIndex: (context, seed) =>
    Array.from(marks(context, SECOND), ({ index, time }) => {
      const level = 55 + 5 * centred(seed, floor(index / 3600)) + 0.01 * centred(seed ^ 1, index);
      return [time / 1000, context.symbol, context.symbol.replace(/USDT$/, ''), 'USDT', level.toFixed(4)].join(',');
    }),

  EOHSummary: (context, seed) =>
    Array.from(marks(context, HOUR)).flatMap(({ index, time }) => optionLines(context, seed, index, time)),
};

/** Eight contracts an hour; those far from the money are not traded, and their prices are empty. */
function optionLines(context: EventContext, seed: number, index: number, time: number): string[] {
  const spot = Number(priceText(context, time));
  const underlying = context.symbol.replace(/USDT$/, '');
  const expiry = dateTime((context.day + 7) * DAY)
    .slice(2, 10)
    .replaceAll('-', '');
  const date = dateTime(time).slice(0, 10);
  const hour = index % 24;
  return [0.8, 0.9, 1, 1.1].flatMap((moneyness, step) =>
    (['C', 'P'] as const).map((type, side) => {
      const strike = Number((context.series.profile.price * moneyness).toPrecision(2));
      const contract = `${underlying}-${expiry}-${strike}-${type}`;
      const random = (salt: number) => uniform(seed + salt * 8 + step * 2 + side, index);
      const isTraded = random(1) > 0.4;
      const mark = spot * (0.02 + 0.05 * random(2));
      const prices = isTraded
        ? [mark, mark * 1.02, mark * 0.97, mark * 1.01].map((price) => price.toFixed(1))
        : ['', '', '', ''];
      const volumes = isTraded ? [(10 * random(3)).toFixed(2), (10 * random(3) * mark).toFixed(4)] : ['0', '0'];
      const book =
        random(4) > 0.2
          ? [(mark * 0.98).toFixed(1), (mark * 1.02).toFixed(1), '4.2', '3.1', '0.52', '0.58']
          : ['', '', '', '', '', ''];
      const greeks = [mark.toFixed(2), '0.55', (random(5) - 0.5).toFixed(5), '0.00003', '21.5', '-40.25'];
      const interest = ['12.5', (12.5 * spot).toFixed(2)];
      return [
        date,
        hour,
        contract,
        context.symbol,
        type,
        strike,
        ...prices,
        ...volumes,
        ...book,
        ...greeks,
        ...interest,
      ].join(',');
    }),
  );
}
