/** What the row decoder does with a field. Numbers, because the inner loop branches on them. */
export const SKIP = 0;
export const FLOAT = 1;
export const TIME = 2;
export const INT = 3;
export const BOOL = 4;
export const TEXT = 5;
/** The close time of a bar, which is brought to the last microsecond of the bar. */
export const CLOSE_TIME = 6;
/** A column that is not kept and must name the key's symbol in each row. */
export const SYMBOL = 7;

export type FieldKind = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;
