import {
  aBoolean,
  aCount,
  aFunction,
  anObjectWith,
  aSignal,
  aText,
  checkOptionNames,
  milliseconds,
  names,
  type OptionKinds,
  sources,
} from '../contract/option-kinds.ts';

const MANAGER: OptionKinds = {
  cache: anObjectWith('a cache', 'loadMany', 'symbols'),
  sources,
  concurrency: aCount,
  now: aFunction,
  catalog: anObjectWith('a catalog of createCatalog()', 'keysBetween'),
  rank: names,
  revisions: anObjectWith('an object with append', 'append'),
};
const STOP: OptionKinds = { signal: aSignal };
const REQUEST: OptionKinds = {
  ...STOP,
  columns: names,
  mode: aText,
  strict: aBoolean,
  allow: names,
  refuse: names,
  onProgress: aFunction,
};

/** The options of each call of a manager. */
const KINDS = {
  DataSourceManager: MANAGER,
  get: REQUEST,
  getKlines: REQUEST,
  getMany: { ...REQUEST, concurrency: aCount },
  segments: { ...REQUEST, window: aText, ahead: aCount, order: aText },
  plan: { ...STOP, mode: aText },
  symbols: { ...STOP, maxAgeMs: milliseconds, anew: aBoolean, onProgress: aFunction },
  audit: STOP,
  reconcile: STOP,
  verifyAcross: STOP,
} as const satisfies Readonly<Record<string, OptionKinds>>;

/**
 * Refuses a name that no option has, and a value that cannot be meant.
 * @throws {DataSourceError} `E_OPTION`
 */
export function checkNames(of: keyof typeof KINDS, options: unknown): void {
  const isManager = of === 'DataSourceManager';
  checkOptionNames(options, KINDS[of], isManager ? of : `${of}()`, isManager ? 'cache' : undefined);
}
