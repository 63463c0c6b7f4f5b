/**
 * The names of Binance's two sources, as rows, facts and ranks have them: the archive of whole days and months, and the
 * REST interfaces, which answer any span.
 */
export const SOURCE_NAMES = { archive: 'vision', range: 'rest' } as const;
