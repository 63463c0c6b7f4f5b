import { type CacheFolder, cacheFolder, isInterval } from '@vision-cache/cache-keys';
import { SYMBOLS, recordPath } from '../disk/hidden.ts';
import { readRecord, writeRecord } from '../disk/records.ts';
import type { ListedSymbol, SymbolList } from '../contract/entry-facts.ts';
import type { StoreContext } from './store-context.ts';

/** A folder above its symbols; that of an interval below all of them is `binance/spot/klines/daily.1d`. */
function folderName(of: CacheFolder): string {
  const folder = cacheFolder(of);
  return of.symbol === undefined && isInterval(of.interval) ? `${folder}.${of.interval}` : folder;
}

/** The list of symbols that is remembered of a folder, such as `binance/spot/klines/daily`; undefined where there is none. */
export function readSymbols(store: StoreContext, of: CacheFolder): SymbolList | undefined {
  store.root.assertReadable();
  const folder = folderName(of);
  const record = readRecord(store.disk, recordPath(SYMBOLS, folder));
  if (record?.folder !== folder || !Array.isArray(record.symbols)) return undefined;
  try {
    const symbols = (record.symbols as unknown[]).map(symbolFrom);
    return { source: String(record.source), askedAt: BigInt(record.askedAt as string), symbols };
  } catch {
    return undefined; // Not ours, or damaged: then it is asked again.
  }
}

function symbolFrom(value: unknown): ListedSymbol {
  if (typeof value === 'string') return { symbol: value };
  const [symbol, ...lives] = value as readonly [unknown, ...(readonly [unknown, unknown])[]];
  if (typeof symbol !== 'string') throw new TypeError('no symbol');
  const days = lives.map(([first, last]) => ({ first: String(first), last: String(last) }));
  return { symbol, lives: days };
}

/** Remembers the list for all processes, in place of the one before. */
export async function saveSymbols(store: StoreContext, of: CacheFolder, list: SymbolList): Promise<void> {
  const folder = folderName(of);
  await store.root.mark(store.durability);
  const symbols = list.symbols.map(({ symbol, lives }) =>
    lives === undefined ? symbol : [symbol, ...lives.map(({ first, last }) => [first, last])],
  );
  const record = { folder, source: list.source, askedAt: String(list.askedAt), symbols };
  await writeRecord(store.disk, recordPath(SYMBOLS, folder), record, store.durability);
}
