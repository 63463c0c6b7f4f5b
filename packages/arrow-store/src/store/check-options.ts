import {
  type OptionKind,
  type OptionKinds,
  aBoolean,
  aFunction,
  aSignal,
  anObject,
  anything,
  badOption,
  checkOptions,
  milliseconds,
  names,
  oneOf,
} from '../contract/options.ts';

const durability = oneOf('none', 'entry', 'group');
const aCatalog: OptionKind = {
  expected: 'a catalog, as createCatalog() makes it',
  is: (value) => anObject.is(value) && typeof (value as { datasetOf?: unknown }).datasetOf === 'function',
};

const aFileSystem: OptionKind = {
  expected: 'a file system with all of its functions',
  is: (value) => anObject.is(value) && typeof (value as { lstat?: unknown }).lstat === 'function',
};

const MANAGER: OptionKinds = {
  root: anything, // `rootPath` says what it may be
  readLegacy: oneOf('fallback', 'off'),
  legacyPaths: aFunction,
  verify: oneOf('always', 'once', 'never'),
  verifyAgainAfterMs: milliseconds,
  catalog: aCatalog,
  durability,
  leaseTimeoutMs: milliseconds,
  fetchSilenceMs: milliseconds,
  now: aFunction,
  sleep: aFunction,
  fileSystem: aFileSystem,
};
const SIGNAL: OptionKinds = { signal: aSignal };
const SAVE: OptionKinds = { ...SIGNAL, durability };
const LOAD: OptionKinds = { ...SIGNAL, columns: names, start: anything, end: anything };
const LOAD_MANY: OptionKinds = { ...LOAD, into: anObject, uncounted: aBoolean };

const PRUNE: OptionKinds = {
  ...SIGNAL,
  before: anything,
  series: { expected: 'an array of folders', is: (value) => Array.isArray(value) },
  maxBytes: { expected: 'a number from 0 on', is: (value) => typeof value === 'number' && value >= 0 },
  dryRun: aBoolean,
  includingIrreplaceable: aBoolean,
};

const REPACK: OptionKinds = {
  ...SIGNAL,
  root: anything, // `rootPath` says what it may be
  monthly: names,
  datasets: { expected: 'an array of datasets', is: Array.isArray },
  dryRun: aBoolean,
  takeOver: aBoolean,
  fileSystem: aFileSystem,
};

const READ_FILE: OptionKinds = { catalog: aCatalog, columns: names };
const WRITE_FILE: OptionKinds = { catalog: aCatalog, durability };

export const checkReadFileOptions = (options: unknown): void => {
  checkOptions(options, READ_FILE, 'readArrowFile');
};
export const checkWriteFileOptions = (options: unknown): void => {
  checkOptions(options, WRITE_FILE, 'writeArrowFile');
};

export function checkManagerOptions(options: unknown): void {
  if (options === undefined) throw badOption('UnifiedCacheManager', options, 'given { root }');
  checkOptions(options, MANAGER, 'UnifiedCacheManager');
}
export const checkSignalOption = (options: unknown, of: string): void => {
  checkOptions(options, SIGNAL, of);
};
export const checkSaveOptions = (options: unknown, of: string): void => {
  checkOptions(options, SAVE, of);
};
export const checkLoadOptions = (options: unknown, of: string): void => {
  checkOptions(options, LOAD, of);
};
export const checkLoadManyOptions = (options: unknown, of: string): void => {
  checkOptions(options, LOAD_MANY, of);
};
export const checkRepackOptions = (options: unknown): void => {
  if (options === undefined) throw badOption('repack', options, 'given { root, monthly }');
  checkOptions(options, REPACK, 'repack');
};
/** Without a criterion every entry would go: a whole cache is removed by its owner. */
export const checkPruneOptions = (options: unknown): void => {
  checkOptions(options, PRUNE, 'prune');
  const { before, series, maxBytes } = (options ?? {}) as Readonly<Record<string, unknown>>;
  if (before === undefined && series === undefined && maxBytes === undefined) {
    throw badOption('prune', options, 'given `before`, `series` or `maxBytes`');
  }
};
