export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/** A column as the file has it, before anything is known of what it means. */
export type RawColumn = {
  /** 1 for each row without a value; undefined if every row has one. */
  readonly nulls: Uint8Array | undefined;
} & (
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit; readonly values: BigInt64Array }
  /** Epoch milliseconds of a calendar day, or of whatever a date64 column was given. */
  | { readonly kind: 'date'; readonly values: BigInt64Array }
  | { readonly kind: 'int'; readonly values: BigInt64Array }
  | { readonly kind: 'float'; readonly values: Float64Array; readonly single: boolean }
  /** Text, and decimals written out, which is exact. */
  | { readonly kind: 'text'; readonly values: readonly string[] }
);

/** A file whose columns are decoded when they are asked for, so that the ones nobody needs cost nothing. */
export interface RawTable {
  readonly rows: number;
  readonly names: readonly string[];
  readonly compression: string;
  /** Decodes one column. @throws {ArrowStoreError} if it is damaged or of a type that holds no numbers or text */
  readonly read: (index: number) => RawColumn;
}

export function decimalText(value: bigint, scale: number): string {
  if (scale <= 0) return `${value}${'0'.repeat(-scale)}`;
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The rows of several columns of one type under each other. */
export function concatenate(parts: readonly RawColumn[]): RawColumn {
  const [first] = parts;
  if (parts.length === 1 || first === undefined) return first!;
  const rows = parts.reduce((sum, { values }) => sum + values.length, 0);
  const nulls = parts.some((part) => part.nulls !== undefined) ? new Uint8Array(rows) : undefined;
  let at = 0;
  if (nulls !== undefined) {
    for (const part of parts) {
      if (part.nulls !== undefined) nulls.set(part.nulls, at);
      at += part.values.length;
    }
  }
  if (first.kind === 'text') {
    return { kind: 'text', nulls, values: parts.flatMap((part) => part.values as readonly string[]) };
  }
  if (first.kind === 'float') {
    const values = new Float64Array(rows);
    at = 0;
    for (const part of parts) {
      values.set(part.values as Float64Array, at);
      at += part.values.length;
    }
    return { ...first, nulls, values };
  }
  const values = new BigInt64Array(rows);
  at = 0;
  for (const part of parts) {
    values.set(part.values as BigInt64Array, at);
    at += part.values.length;
  }
  return { ...first, nulls, values };
}
