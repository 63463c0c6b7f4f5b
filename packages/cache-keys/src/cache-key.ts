import type { Dataset, PackagingFrequency } from './dataset.ts';
import type { BinanceDataset } from './datasets.ts';
import type { Interval } from './interval.ts';
import type { MarketSymbol } from './symbol.ts';
import type { TimeInput, UtcDay, UtcMonth } from './utc-date.ts';

declare const keyBrand: unique symbol;

/**
 * The name of one day or month of one symbol's data: what a file of the archive and an entry of the cache have in
 * common. Only `cacheKey()` and the parsers make one, so that whoever holds a key need not check it again.
 */
export interface CacheKey<D extends Dataset = Dataset> {
  readonly exchange: D['exchange'];
  readonly marketType: D['marketType'];
  readonly dataNature: D['dataNature'];
  readonly packagingFrequency: PackagingFrequency;
  readonly symbol: MarketSymbol;
  /** Undefined where the nature has no interval. */
  readonly interval: Interval | undefined;
  /** `YYYY-MM-DD` of a daily key, `YYYY-MM` of a monthly one; UTC. */
  readonly date: UtcDay | UtcMonth;
  readonly [keyBrand]: D;
}

/** What `cacheKey()` takes from outside, where nothing is known of the values. */
export interface UncheckedCacheKey {
  /** @default 'binance' */
  readonly exchange?: string | undefined;
  /** @default 'spot' */
  readonly marketType?: string | undefined;
  /** @default 'klines' */
  readonly dataNature?: string | undefined;
  /** @default 'daily' */
  readonly packagingFrequency?: string | undefined;
  readonly symbol: string;
  readonly interval?: string | undefined;
  /** The UTC day, or for a monthly key any instant of the month. */
  readonly date: TimeInput;
}

/** The roadmap's defaults. */
export const KEY_DEFAULTS = {
  exchange: 'binance',
  marketType: 'spot',
  dataNature: 'klines',
  packagingFrequency: 'daily',
} as const;

type Defaulted<Name extends keyof typeof KEY_DEFAULTS, Value> = Value extends (typeof KEY_DEFAULTS)[Name]
  ? { readonly [N in Name]?: Value | undefined }
  : { readonly [N in Name]: Value };

type IntervalPart<I> = [I] extends [undefined] ? { readonly interval?: undefined } : { readonly interval: I };

type InputAt<D extends Dataset, F extends PackagingFrequency> = [D['published'][F][number]] extends [never]
  ? never
  : Defaulted<'exchange', D['exchange']> &
      Defaulted<'marketType', D['marketType']> &
      Defaulted<'dataNature', D['dataNature']> &
      Defaulted<'packagingFrequency', F> &
      IntervalPart<D['published'][F][number]> & { readonly symbol: string; readonly date: TimeInput };

/** What is known to be published of a set of datasets, member by member. */
export type CacheKeyInput<D extends Dataset = BinanceDataset> = D extends Dataset
  ? InputAt<D, 'daily'> | InputAt<D, 'monthly'>
  : never;

type Field<Input, Name extends keyof UncheckedCacheKey> = Name extends keyof Input
  ? Exclude<Input[Name], undefined>
  : never;

/** Whether any of the five choices is a text that the compiler does not know. */
type IsOpen<Input> = string extends
  | Field<Input, 'exchange'>
  | Field<Input, 'marketType'>
  | Field<Input, 'dataNature'>
  | Field<Input, 'packagingFrequency'>
  | Field<Input, 'interval'>
  ? true
  : false;

/** Literal input must name what is published; input known only as text is checked at run time. */
export type Checked<Input extends UncheckedCacheKey, D extends Dataset> =
  IsOpen<Input> extends true ? UncheckedCacheKey : CacheKeyInput<D>;

type FieldOr<Input, Name extends keyof typeof KEY_DEFAULTS> = [Field<Input, Name>] extends [never]
  ? (typeof KEY_DEFAULTS)[Name]
  : Field<Input, Name>;

/** The dataset that an input names, as narrowly as the compiler knows it. */
export type DatasetNamed<Input extends UncheckedCacheKey, D extends Dataset> = Extract<
  D,
  {
    exchange: FieldOr<Input, 'exchange'>;
    marketType: FieldOr<Input, 'marketType'>;
    dataNature: FieldOr<Input, 'dataNature'>;
  }
> extends infer Named extends Dataset
  ? [Named] extends [never]
    ? D
    : Named
  : never;
