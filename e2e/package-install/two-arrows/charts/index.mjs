// Somebody's library with an apache-arrow of its own.
import { makeTable, tableFromIPC, tableToIPC } from 'apache-arrow';

export * as arrow from 'apache-arrow';
export const toBytes = (columns) => tableToIPC(makeTable(columns), 'file');
export const columnOf = (bytes, name) => tableFromIPC(bytes).getChild(name).toArray();
