import type { UtcDate } from '../time/calendar.ts';
import type { Dataset, PackagingFrequency } from '../datasets/dataset.ts';
import type { BinanceDataset } from '../datasets/datasets.ts';
import type { Interval } from '../time/interval.ts';
import type { MarketSymbol } from '../contract/symbol.ts';
import type { TimeInput } from '../time/time-input.ts';

declare const keyBrand: unique symbol;

/**
 * The name of one day or month of one symbol's data: what a file of the archive and an entry of the cache have in
 * common. Only `cacheKey()` and the parsers make one, so that code with a key need not check it again.
 */
export interface CacheKey<D extends Dataset = Dataset> {
  readonly exchange: D['exchange'];
  readonly marketType: D['marketType'];
  readonly dataNature: D['dataNature'];
  readonly packagingFrequency: PackagingFrequency;
  readonly symbol: MarketSymbol;
  /** Undefined if the nature has no interval. */
  readonly interval: Interval | undefined;
  /** `YYYY-MM-DD` of a daily key, `YYYY-MM` of a monthly one; UTC. */
  readonly date: UtcDate;
  readonly [keyBrand]: D;
}

/** Which data of which symbol, as unchecked input. */
interface UncheckedName {
  /** @default 'binance' */
  readonly exchange?: string | undefined;
  /** @default 'spot' */
  readonly marketType?: string | undefined;
  /** @default 'klines' */
  readonly dataNature?: string | undefined;
  readonly packagingFrequency?: string | undefined;
  readonly symbol: string;
  readonly interval?: string | undefined;
}

/** Unchecked input of `cacheKey()`. */
export interface UncheckedCacheKey extends UncheckedName {
  /** @default 'daily' */
  readonly packagingFrequency?: string | undefined;
  /** The UTC day, or for a monthly key any instant of the month. */
  readonly date: TimeInput;
}

/** A range of one symbol's data, as unchecked input. */
export interface UncheckedKeyRange extends UncheckedName {
  /** @default as the rows are kept: daily up to `1d`, else monthly */
  readonly packagingFrequency?: string | undefined;
  /** First instant, inclusive. */
  readonly start: TimeInput;
  /** Last instant, exclusive. */
  readonly end: TimeInput;
}

/** The values of parts that are left out. */
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

type IntervalsAt<D extends Dataset, F extends PackagingFrequency> = D['published'][F][number];

type NameOf<D extends Dataset, F extends PackagingFrequency> = Defaulted<'exchange', D['exchange']> &
  Defaulted<'marketType', D['marketType']> &
  Defaulted<'dataNature', D['dataNature']> &
  IntervalPart<IntervalsAt<D, F>> & { readonly symbol: string };

type KeyAt<D extends Dataset, F extends PackagingFrequency> = [IntervalsAt<D, F>] extends [never]
  ? never
  : NameOf<D, F> & Defaulted<'packagingFrequency', F> & { readonly date: TimeInput };

type RangeAt<D extends Dataset, F extends PackagingFrequency, Frequency> = [IntervalsAt<D, F>] extends [never]
  ? never
  : NameOf<D, F> & Frequency & { readonly start: TimeInput; readonly end: TimeInput };

/** What is known to be published of a set of datasets, member by member. */
export type CacheKeyInput<D extends Dataset = BinanceDataset> = D extends Dataset
  ? KeyAt<D, 'daily'> | KeyAt<D, 'monthly'>
  : never;

/** The ranges of what is known to be published of a set of datasets, member by member. */
export type KeyRangeInput<D extends Dataset = BinanceDataset> = D extends Dataset
  ? | RangeAt<D, PackagingFrequency, { readonly packagingFrequency?: undefined }>
    | RangeAt<D, 'daily', { readonly packagingFrequency: 'daily' }>
    | RangeAt<D, 'monthly', { readonly packagingFrequency: 'monthly' }>
  : never;

/** What the compiler knows of one choice: where it may be left out, it may be the default. */
type Choice<Input, Name extends string, Default> = Name extends keyof Input
  ? Exclude<Input[Name], undefined> | (undefined extends Input[Name] ? Default : never)
  : Default;

type ChoiceOf<Input, Name extends 'exchange' | 'marketType' | 'dataNature'> = Choice<
  Input,
  Name,
  (typeof KEY_DEFAULTS)[Name]
>;

/** Whether a choice can be one of those published. */
type Meets<Chosen, Published> = [Published] extends [never]
  ? false
  : string extends Chosen
    ? true
    : [Extract<Chosen, Published>] extends [never]
      ? false
      : true;

type CanBeAt<Input, D extends Dataset, F extends PackagingFrequency, Default> = [
  | Meets<Choice<Input, 'packagingFrequency', Default>, F>
  | Meets<Choice<Input, 'interval', undefined>, IntervalsAt<D, F>>,
] extends [true]
  ? true
  : false;

/** Whether an input can name something published; for literals: whether it does. */
type CanBe<Input, D extends Dataset, DefaultFrequency> = true extends (
  D extends Dataset
    ? [
        | Meets<ChoiceOf<Input, 'exchange'>, D['exchange']>
        | Meets<ChoiceOf<Input, 'marketType'>, D['marketType']>
        | Meets<ChoiceOf<Input, 'dataNature'>, D['dataNature']>,
      ] extends [true]
      ? CanBeAt<Input, D, 'daily', DefaultFrequency> | CanBeAt<Input, D, 'monthly', DefaultFrequency>
      : false
    : never
)
  ? true
  : false;

/** No name that is unknown here: a misspelled choice would silently be its default. A key or range may be spread. */
type NothingElse<Input> = {
  readonly [Name in Exclude<keyof Input & string, keyof UncheckedCacheKey | keyof UncheckedKeyRange>]?: never;
};

/** Literals must name what is published; what may be one of several, or any text, is checked at run time. */
export type Checked<Input extends UncheckedCacheKey, D extends Dataset> = NothingElse<Input> &
  (CanBe<Input, D, 'daily'> extends true ? UncheckedCacheKey : CacheKeyInput<D>);

/** The same for a range. */
export type CheckedRange<Input extends UncheckedKeyRange, D extends Dataset> = NothingElse<Input> &
  (CanBe<Input, D, PackagingFrequency> extends true ? UncheckedKeyRange : KeyRangeInput<D>);

/** The dataset that an input names, as narrowly as the compiler knows it. */
export type DatasetNamed<Input, D extends Dataset> =
  Extract<
    D,
    {
      exchange: ChoiceOf<Input, 'exchange'>;
      marketType: ChoiceOf<Input, 'marketType'>;
      dataNature: ChoiceOf<Input, 'dataNature'>;
    }
  > extends infer Named extends Dataset
    ? [Named] extends [never]
      ? D
      : Named
    : never;
