import type { UtcDay } from '@vision-cache/cache-keys';

/** The UTC days, both inclusive, between which a symbol was traded without a break. */
export interface SymbolLife {
  readonly first: UtcDay;
  readonly last: UtcDay;
}

/** A symbol as an archive lists it. */
export interface SymbolFacts extends SymbolLife {
  readonly symbol: string;
  /** Whether its days have ended: the next one would have been published by now. */
  readonly delisted: boolean;
  /** In order; more than one if it was listed again, maybe for another asset. */
  readonly lives: readonly SymbolLife[];
}

/** Which symbols an archive has of a dataset and interval. */
export interface Universe {
  /** The archive's name. */
  readonly source: string;
  /** How old this is: when the archive was asked. Epoch microseconds, UTC. */
  readonly askedAt: bigint;
  /** Delisted ones too, in the order of the archive's listing. */
  readonly symbols: readonly SymbolFacts[];
}

/** Whose symbols are asked for. */
export interface SymbolsQuery {
  /** @default 'binance' */
  readonly exchange?: string | undefined;
  /** @default 'spot' */
  readonly marketType?: string | undefined;
  /** @default 'klines' */
  readonly dataNature?: string | undefined;
  /** The interval whose days count. @default '1d', or the first that is published; none where the nature has none */
  readonly interval?: string | undefined;
}

/** A symbol as the cache remembers it; without `lives` its days were not asked. */
export interface RememberedSymbol {
  readonly symbol: string;
  readonly lives?: readonly { readonly first: string; readonly last: string }[];
}

/** The symbols of a folder of entries, as the cache remembers them. */
export interface RememberedSymbols {
  readonly source: string;
  /** Epoch microseconds, UTC. */
  readonly askedAt: bigint;
  readonly symbols: readonly RememberedSymbol[];
}

/** A folder of entries above its symbols; with `interval`, of that interval's days. */
export interface SymbolsFolder {
  readonly exchange: string;
  readonly marketType: string;
  readonly dataNature: string;
  readonly packagingFrequency: 'daily' | 'monthly';
  readonly interval?: string;
}
