import { type TimeSpan, isoText } from '@vision-cache/cache-keys';

/** A time in which a whole market was halted, so that none of its symbols has bars. */
export interface KnownOutage {
  readonly exchange: string;
  readonly marketType: string;
  /** First second without a bar, ISO 8601 UTC. */
  readonly from: string;
  /** First second with bars again. */
  readonly to: string;
  /** The source of this fact. */
  readonly source: string;
}

/** Rises with every change of the table, and appears in the evidence of gaps. */
export const KNOWN_OUTAGES_VERSION = 3;

/** An audit of 2,780 daily 1s files of BTCUSDT, 2017-08-17 to 2025-03-27: its missing seconds agree with each line. */
const AUDIT = 'audit of the 1s archives of 2025-03-28';
const ISSUE_365 = `github.com/binance/binance-public-data#365, ${AUDIT}`;
const ISSUE_368 = `github.com/binance/binance-public-data#368, ${AUDIT}`;
const ISSUE_312 = `github.com/binance/binance-public-data#312, ${AUDIT}`;

const spot = (from: string, to: string, source: string): KnownOutage => ({
  exchange: 'binance',
  marketType: 'spot',
  from: `${from}Z`,
  to: `${to}Z`,
  source,
});

/**
 * Outages and maintenance of Binance spot, to the second as BTCUSDT saw them. Not in it: the first day of BTCUSDT,
 * 41 seconds of 2021-12-24 and the short archive of 2024-11-19, for those were no outages of the exchange.
 */
export const KNOWN_OUTAGES: readonly KnownOutage[] = [
  spot('2017-09-06T16:00:01', '2017-09-06T23:00:00', ISSUE_365),
  spot('2017-12-04T06:00:21', '2017-12-04T06:49:06', ISSUE_365),
  spot('2017-12-18T10:00:43', '2017-12-18T10:14:47', ISSUE_365),
  spot('2017-12-18T12:29:14', '2017-12-18T13:34:10', ISSUE_365),
  spot('2018-01-04T03:00:15', '2018-01-04T05:06:13', ISSUE_365),
  spot('2018-02-08T00:28:15', '2018-02-09T10:00:01', ISSUE_365),
  spot('2018-02-10T06:00:00', '2018-02-10T06:15:00', ISSUE_365),
  spot('2018-02-11T04:00:01', '2018-02-11T04:35:00', ISSUE_365),
  spot('2018-06-26T02:00:00', '2018-06-26T12:00:00', ISSUE_365),
  spot('2018-06-27T13:00:00', '2018-06-27T14:45:00', ISSUE_365),
  spot('2018-07-04T00:22:26', '2018-07-04T08:00:00', ISSUE_365),
  spot('2018-10-19T06:00:00', '2018-10-19T09:30:00', ISSUE_365),
  spot('2018-11-14T02:00:00', '2018-11-14T09:00:00', ISSUE_365),
  spot('2019-03-12T02:00:00', '2019-03-12T08:00:00', ISSUE_365),
  spot('2019-05-15T03:00:00', '2019-05-15T13:00:00', ISSUE_365),
  spot('2019-06-07T21:13:14', '2019-06-07T22:15:00', ISSUE_365),
  spot('2019-08-15T02:00:00', '2019-08-15T10:00:00', ISSUE_365),
  spot('2019-11-13T02:00:00', '2019-11-13T04:20:00', AUDIT),
  // The seconds are known by their number only, 217: whole minutes around them.
  spot('2019-11-13T05:29:00', '2019-11-13T05:34:00', AUDIT),
  spot('2019-11-25T02:00:00', '2019-11-25T04:00:00', AUDIT),
  spot('2020-02-09T02:00:00', '2020-02-09T03:00:00', ISSUE_368),
  spot('2020-02-19T11:35:33', '2020-02-19T17:30:00', ISSUE_368),
  spot('2020-03-04T09:21:47', '2020-03-04T11:30:00', ISSUE_368),
  spot('2020-04-25T02:00:00', '2020-04-25T04:30:00', ISSUE_368),
  spot('2020-06-28T02:00:00', '2020-06-28T05:30:00', ISSUE_368),
  spot('2020-11-30T06:00:00', '2020-11-30T07:00:00', ISSUE_312),
  spot('2020-12-21T13:47:21', '2020-12-21T18:00:00', ISSUE_368),
  spot('2020-12-25T02:00:00', '2020-12-25T03:00:00', ISSUE_368),
  spot('2021-02-11T03:40:55', '2021-02-11T05:00:00', ISSUE_368),
  spot('2021-03-06T02:00:00', '2021-03-06T03:30:00', ISSUE_368),
  spot('2021-04-20T02:00:00', '2021-04-20T04:30:00', ISSUE_368),
  spot('2021-04-25T04:00:59', '2021-04-25T08:45:00', ISSUE_368),
  spot('2021-08-13T02:00:00', '2021-08-13T06:30:00', ISSUE_312),
  spot('2021-09-29T07:00:00', '2021-09-29T09:00:00', ISSUE_312),
  spot('2023-03-24T12:39:42', '2023-03-24T14:00:00', ISSUE_312),
];

const INDICES = ['markPriceKlines', 'indexPriceKlines'];
const ISSUE_483 = 'github.com/binance/binance-public-data#483, the same minutes of six symbols, empty at REST too';
const ISSUE_484 = 'github.com/binance/binance-public-data#484, the same bars of two symbols';

/** The issue counts the minutes of a day; which ones, public audits of archive and REST list, and their counts agree. */
const MINUTES_OF_483 = `${ISSUE_483}; its minutes as audits of 1m mark bars of BTCUSDT, ETHUSDT and others list them`;

const index = (natures: readonly string[], from: string, to: string, source: string) => ({
  exchange: 'binance',
  marketType: 'um',
  natures,
  from: `${from}Z`,
  to: `${to}Z`,
  source,
});

/**
 * Times in which the index of a market was not recorded, so that its symbols have no bars of these natures. On 2022-07-12
 * some symbols, BTCUSDT among them, have theirs. Not in the table: a single minute of 2022-07-13, of which reports differ
 * in how many symbols lack it.
 */
const KNOWN_INDEX_OUTAGES: readonly (KnownOutage & { readonly natures: readonly string[] })[] = [
  index(INDICES, '2020-01-19T13:09:00', '2020-01-19T13:38:00', MINUTES_OF_483),
  index(INDICES, '2020-12-17T07:32:00', '2020-12-17T07:56:00', MINUTES_OF_483),
  index(INDICES, '2022-07-12T12:57:00', '2022-07-12T12:58:00', MINUTES_OF_483),
  index(INDICES, '2022-07-12T13:07:00', '2022-07-12T13:08:00', MINUTES_OF_483),
  index(INDICES, '2022-07-12T13:15:00', '2022-07-12T13:22:00', MINUTES_OF_483),
  index(INDICES, '2022-07-12T13:52:00', '2022-07-12T13:53:00', MINUTES_OF_483),
  index(['markPriceKlines'], '2023-11-10T03:40:00', '2023-11-10T04:05:00', ISSUE_484),
  index(INDICES, '2024-08-12T10:02:00', '2024-08-12T10:04:00', ISSUE_483),
];

interface Outage extends TimeSpan {
  readonly market: string;
  /** Undefined if all natures of the market were halted. */
  readonly natures: readonly string[] | undefined;
  readonly evidence: string;
}

const marketName = (of: { readonly exchange: string; readonly marketType: string }): string =>
  `${of.exchange} ${of.marketType}`;
const microseconds = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n;

const OUTAGES: readonly Outage[] = [...KNOWN_OUTAGES, ...KNOWN_INDEX_OUTAGES].map((outage) => ({
  market: marketName(outage),
  natures: 'natures' in outage ? (outage.natures as readonly string[]) : undefined,
  start: microseconds(outage.from),
  end: microseconds(outage.to),
  evidence: `known outage ${outage.from} to ${outage.to} (table ${KNOWN_OUTAGES_VERSION}: ${outage.source})`,
}));

/** Symbols stop and start again within a minute of each other. */
const MARGIN = 60_000_000n;

/**
 * What explains a hole in the bars of a market, if it lies in a known outage: at every interval, for the bar in which
 * an outage begins or ends is there, if shorter.
 */
export function knownOutage(
  market: { readonly exchange: string; readonly marketType: string; readonly dataNature?: string },
  hole: TimeSpan,
): string | undefined {
  const name = marketName(market);
  const outage = OUTAGES.find(
    ({ market: of, natures, start, end }) =>
      of === name &&
      (natures === undefined || natures.includes(market.dataNature ?? '')) &&
      hole.start >= start - MARGIN &&
      hole.end <= end + MARGIN &&
      hole.start < end &&
      hole.end > start,
  );
  return outage?.evidence;
}

/** All known outages of a market that touch a span, for a chart or a calendar. */
export function knownOutagesWithin(
  market: { readonly exchange: string; readonly marketType: string; readonly dataNature?: string },
  span: TimeSpan,
): readonly { readonly start: string; readonly end: string; readonly evidence: string }[] {
  const name = marketName(market);
  const isOf = ({ market: of, natures }: Outage): boolean =>
    of === name && (natures === undefined || natures.includes(market.dataNature ?? ''));
  return OUTAGES.filter((each) => isOf(each) && each.start < span.end && each.end > span.start).map(
    ({ start, end, evidence }) => ({ start: isoText(start), end: isoText(end), evidence }),
  );
}
