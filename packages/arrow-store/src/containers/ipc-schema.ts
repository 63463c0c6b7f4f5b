import {
  type FlatTable,
  byteField,
  intField,
  longField,
  shortField,
  tableElement,
  tableField,
  textField,
  vectorField,
} from './flatbuffer.ts';
import type { TimeUnit } from './raw-table.ts';
import { damaged, refusal } from './refusal.ts';

/** What of an Arrow type is needed to find its buffers, and to read it where it holds numbers, times or text. */
export type IpcType =
  | { readonly kind: 'int'; readonly bits: number; readonly signed: boolean }
  | { readonly kind: 'float'; readonly bits: number }
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit }
  | { readonly kind: 'date'; readonly bits: 32 | 64 }
  | { readonly kind: 'decimal'; readonly bits: number; readonly scale: number }
  | { readonly kind: 'text'; readonly layout: 'offsets32' | 'offsets64' | 'view' }
  | { readonly kind: 'other'; readonly name: string };

export interface IpcField {
  readonly name: string;
  readonly type: IpcType;
  readonly dictionary: { readonly id: number; readonly index: IpcType } | undefined;
  /** How many nodes and buffers the column takes in a batch, with those of its children. */
  readonly nodes: number;
  readonly buffers: number;
  /** How many lists of view buffers it has, each with a count of its own in a batch. */
  readonly views: number;
}

const UNITS = ['s', 'ms', 'us', 'ns'] as const;
/** The format's own numbers, Schema.fbs. */
const TYPE_NAMES = [
  'none', 'null', 'int', 'float', 'binary', 'utf8', 'bool', 'decimal', 'date', 'time', 'timestamp', 'interval', 'list',
  'struct', 'union', 'fixed size binary', 'fixed size list', 'map', 'duration', 'large binary', 'large utf8',
  'large list', 'run-end encoded', 'binary view', 'utf8 view', 'list view', 'large list view',
] as const; // prettier-ignore

const MAX_FIELDS = 2000;

/** The fields of a schema message. @throws where it is of an unknown or foreign kind */
export function readSchema(schema: FlatTable): readonly IpcField[] {
  if (shortField(schema, 0) !== 0) throw refusal('E_FORMAT', 'big-endian', 'The file was written big-endian.');
  const budget = { left: MAX_FIELDS };
  return fieldsOf(schema, 1, budget, 0);
}

interface Budget {
  left: number;
}

function fieldsOf(table: FlatTable, index: number, budget: Budget, depth: number): IpcField[] {
  const vector = vectorField(table, index, 4);
  if (vector === undefined) return [];
  if (depth > 16 || (budget.left -= vector.length) < 0) throw damaged('its schema has too many fields');
  return Array.from({ length: vector.length }, (_, each) => readField(tableElement(vector, each), budget, depth));
}

function readField(field: FlatTable, budget: Budget, depth: number): IpcField {
  const children = fieldsOf(field, 5, budget, depth + 1);
  const encoding = tableField(field, 4);
  const number = byteField(field, 2);
  const table = tableField(field, 3) ?? { view: field.view, at: field.at };
  const type = readType(number, table);
  if (encoding !== undefined) {
    const indexTable = tableField(encoding, 1);
    const index: IpcType = indexTable === undefined ? { kind: 'int', bits: 32, signed: true } : readType(2, indexTable);
    const dictionary = { id: longField(encoding, 0), index };
    return { name: textField(field, 0), type, dictionary, nodes: 1, buffers: 2, views: 0 };
  }
  const own = ownBuffers(number, table);
  return {
    name: textField(field, 0),
    type,
    dictionary: undefined,
    nodes: children.reduce((sum, child) => sum + child.nodes, 1),
    buffers: children.reduce((sum, child) => sum + child.buffers, own),
    views: children.reduce((sum, child) => sum + child.views, number === 23 || number === 24 ? 1 : 0),
  };
}

function readType(number: number, table: FlatTable): IpcType {
  switch (number) {
    case 2:
      return { kind: 'int', bits: intField(table, 0), signed: byteField(table, 1) === 1 };
    case 3:
      return { kind: 'float', bits: 16 << shortField(table, 0) };
    case 5:
      return { kind: 'text', layout: 'offsets32' };
    case 7:
      return { kind: 'decimal', bits: intField(table, 2, 128), scale: intField(table, 1) };
    case 8:
      return { kind: 'date', bits: shortField(table, 0, 1) === 0 ? 32 : 64 };
    case 10: {
      const unit = UNITS[shortField(table, 0)];
      if (unit === undefined) throw damaged('a time column has no known unit');
      return { kind: 'timestamp', unit };
    }
    case 20:
      return { kind: 'text', layout: 'offsets64' };
    case 24:
      return { kind: 'text', layout: 'view' };
    default:
      return { kind: 'other', name: TYPE_NAMES[number] ?? String(number) };
  }
}

/** Buffers of a type without its children; of a view type without its variadic ones. Source: Columnar.rst. */
function ownBuffers(number: number, table: FlatTable): number {
  switch (TYPE_NAMES[number]) {
    case 'null':
    case 'run-end encoded':
      return 0;
    case 'struct':
    case 'fixed size list':
      return 1;
    case 'union':
      return shortField(table, 0) === 0 ? 1 : 2;
    case 'binary':
    case 'utf8':
    case 'large binary':
    case 'large utf8':
    case 'list view':
    case 'large list view':
      return 3;
    case undefined:
    case 'none':
      throw damaged('its schema has an unknown type');
    default:
      return 2;
  }
}
