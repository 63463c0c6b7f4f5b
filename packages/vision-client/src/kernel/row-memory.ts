/** Bytes that are given to the kernel at a time: they and the columns made of them stay in a core's own cache. */
export const CHUNK: number = 128 * 1024;
/** The kernel reads whole words, of which the last may begin at the last byte. */
const BEYOND = 16;
/** No row of the archive is shorter, the two bytes of a field included. */
const SHORTEST_ROW = 16;
export const MOST_ROWS: number = CHUNK / SHORTEST_ROW;
export const MOST_FIELDS: number = 32;
/** Offsets in the kernel's memory behind its own constants, each a multiple of eight. */
export const TOLD: number = 4096;
export const TABLE: number = TOLD + 32;
/** Words of the table that tell of a field. */
export const FIELD_WORDS: number = 8;
export const INPUT: number = TABLE + MOST_FIELDS * FIELD_WORDS * 4;
export const TIMES: number = INPUT + CHUNK + BEYOND;
export const COLUMNS: number = TIMES + MOST_ROWS * 8;
/** Where others may have memory. */
export const ROWS_END: number = COLUMNS + MOST_FIELDS * MOST_ROWS * 8;
